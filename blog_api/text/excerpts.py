"""The piece of a text that shows why it was found.

Ours, because `ts_headline` and FTS5's `snippet` cut differently, and neither reads Markdown; the signs are removed by
patterns in linear time, where markdown-it-py takes seconds for the worst texts.
"""

import html
import re
import sys
from collections.abc import Callable, Iterator
from itertools import islice

from blog_api.text.entities import replace_entities
from blog_api.text.search import SearchQuery, Term
from blog_api.text.words import SEPARATORS, fold_letters

# In characters, without the marks; and how many of them are before the first mark.
LENGTH = 240
BEFORE = 60
# Written out, a character has at most six signs (&quot;), and a mark thirteen.
MAX_EXCERPT = 19 * LENGTH
# How many matches are weighed against each other.
MAX_COMPARED = 30

_SEPARATOR = re.compile(f"[ {SEPARATORS}]")

# What a reader does not see: tags of HTML, shortcodes, the targets of references and of links. Each begins with a plain
# sign, which is found fast, and looks no further than to the next one of its kind, so that no text takes long.
_HIDDEN = re.compile(r"<[!/A-Za-z][^<>]*>|\{\{[<%][^{}]*[%>]\}\}|\n\[[^\[\]]*\]:[^\n]*")
_TARGET = re.compile(r"\]\([^()\[]*\)")
_OPENING = re.compile(r"\n[ \t]*(?:#{1,6}|>|[-+*]|\d{1,3}\.)[ \t]+")
_RULES = re.compile(r"---+|\|")
_EMPHASIS = re.compile(r"~~+|(?<!_)_++(?=\W)|__(?<=\W__)|_(?<=\W_)")


def plain_text(markdown: str) -> str:
    """Return the words of Markdown in one line, without its markup. Not HTML-safe."""
    text = _TARGET.sub("", _HIDDEN.sub(" ", f"\n{markdown}\n"))
    text = _OPENING.sub("\n", text)
    for sign in ("![", "*", "`", "[", "]"):
        text = text.replace(sign, "")
    return " ".join(replace_entities(_EMPHASIS.sub("", _RULES.sub(" ", text))).split())


def make_excerpter(query: SearchQuery) -> Callable[[str], str]:
    """Return a function that cuts the piece where most of `query` is found, else the beginning, out of Markdown.

    The piece is HTML: the text is escaped, and each match is in <mark>.
    """
    # Without anything to look for, it is found nowhere.
    pattern = re.compile("|".join(map(_pattern, query.required)) or "(?!)")

    def excerpt(markdown: str) -> str:
        text = plain_text(markdown)
        folded = fold_letters(text)
        start, end = _best_window(text, list(islice(_matches(pattern, folded), MAX_COMPARED)))
        parts, done = ["… " if start else ""], start
        for match in _matches(pattern, folded, start, end):
            before, found = text[done : match.start()], text[match.start() : match.end()]
            parts.append(f"{html.escape(before)}<mark>{html.escape(found)}</mark>")
            done = match.end()
        return "".join([*parts, html.escape(text[done:end]), " …" if end < len(text) else ""])

    return excerpt


def _pattern(term: Term) -> str:
    words = f"[ {SEPARATORS}]++".join(map(re.escape, term.words))
    rest = f"[^ {SEPARATORS}]*" if term.is_prefix else ""
    return f"({words}{rest})(?![^ {SEPARATORS}])"


def _matches(
    pattern: re.Pattern[str], folded: str, start: int = 0, end: int = sys.maxsize
) -> Iterator[re.Match[str]]:
    # Asked afterwards, because a pattern that looks back cannot skip ahead to the letters that it begins with.
    for match in pattern.finditer(folded, start, end):
        if not match.start() or _SEPARATOR.match(folded, match.start() - 1):
            yield match


def _best_window(text: str, matches: list[re.Match[str]]) -> tuple[int, int]:
    """Where to begin and to end: around the first place with the most different matches, between words."""

    def score(first: re.Match[str]) -> int:
        last = first.start() + LENGTH - BEFORE
        return len(
            {match.lastindex for match in matches if first.start() <= match.start() and match.end() <= last}
        )

    place = max(matches, key=score).start() if matches else 0
    start = max(0, place - BEFORE)
    if start:
        start = (text.find(" ", start, place) + 1) or place
    end = start + LENGTH
    if end < len(text):
        space = text.rfind(" ", place, end + 1)
        end = space if space > 0 else end
    return start, min(end, len(text))
