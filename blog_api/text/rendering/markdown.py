"""Convert Markdown to HTML."""

import re
from typing import NamedTuple

import pyromark
from pyromark import Options

from blog_api.text.rendering.budget import Budget, TooComplex
from blog_api.text.rendering.highlighting import MAX_HIGHLIGHTED, Highlighter


class Syntax(NamedTuple):
    """The extensions of CommonMark that a kind of content has, and how many characters of its code are highlighted."""

    options: Options
    max_highlighted: int


POSTS = Syntax(
    Options.ENABLE_FOOTNOTES
    | Options.ENABLE_STRIKETHROUGH
    | Options.ENABLE_TABLES
    | Options.ENABLE_TASKLISTS,
    MAX_HIGHLIGHTED,
)
COMMENTS = Syntax(Options.ENABLE_STRIKETHROUGH, 0)

# For each line, the parser goes through the lists and quotes that are open. This product takes it about 0.3 s.
MAX_CONTAINERS = 8 * 10**7
# The beginning of a line, up to its text.
_MARKERS = re.compile(r"(?<![^\r\n])(?:[ \t]*+(?:>|[-+*](?=[ \t])|\d{1,9}+[.)](?=[ \t])))*+[ \t]*+")


def to_html(content: str, syntax: Syntax, budget: Budget) -> str:
    """Convert Markdown to HTML, with highlighted code. It is not safe yet: HTML in the content stays as it is."""
    # A lone surrogate cannot be encoded.
    content = content.encode("utf-8", "replace").decode("utf-8")
    check_nesting(content)
    highlighter = Highlighter(budget, syntax.max_highlighted)
    return pyromark.html(content, options=syntax.options, highlight=highlighter)


def check_nesting(content: str) -> None:
    """Raise TooComplex if the nesting of lists and quotes would take the parser too long."""
    lines = content.count("\n") + content.count("\r") + 1
    if len(content) * lines > MAX_CONTAINERS and _depth(content) * lines > MAX_CONTAINERS:
        raise TooComplex("The content nests too many lists or quotes.")


def _depth(content: str) -> int:
    """Return an upper limit of the nesting: one level for each `>`, two other characters, or half a tab."""
    starts = (match[0] for match in _MARKERS.finditer(content))
    return max((len(start) + start.count(">") + 3 * start.count("\t")) // 2 for start in starts)
