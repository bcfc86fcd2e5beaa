"""Excerpts of search results, with matches highlighted.

Custom, because `ts_headline` and FTS5's `snippet` cut differently and do not understand Markdown. Markup is removed by
linear-time patterns; markdown-it-py takes seconds in the worst case.
"""

import html
import re
import sys
from collections.abc import Callable, Iterator
from itertools import islice

from blog_api.text.entities import replace_entities
from blog_api.text.search import SearchQuery, Term
from blog_api.text.words import SEPARATORS, fold_letters, pattern_of

# The length of an excerpt, without <mark> tags, and of the context before the first match, in characters.
LENGTH = 240
BEFORE = 60
# An escaped character has at most six characters (&quot;), and a pair of <mark> tags thirteen.
MAX_EXCERPT = 19 * LENGTH
# The number of matches considered as the start of the excerpt.
MAX_COMPARED = 30

_SEPARATOR = re.compile(f"[ {SEPARATORS}]")

# Hidden markup: HTML tags, shortcodes, reference and link targets. Each pattern begins with a literal, which is found
# fast, and stops at the next one of its kind, so that matching is linear.
_HIDDEN = re.compile(r"<[!/A-Za-z][^<>]*>|\{\{[<%][^{}]*[%>]\}\}|\n\[[^\[\]]*\]:[^\n]*")
_TARGET = re.compile(r"\]\([^()\[]*\)")
_OPENING = re.compile(r"\n[ \t]*(?:#{1,6}|>|[-+*]|\d{1,3}\.)[ \t]+")
_RULES = re.compile(r"---+|\|")
_EMPHASIS = re.compile(r"~~+|(?<!_)_++(?=\W)|__(?<=\W__)|_(?<=\W_)")


def plain_text(markdown: str) -> str:
    """Return Markdown as one line of text without markup. The result is not HTML-safe."""
    text = _TARGET.sub("", _HIDDEN.sub(" ", f"\n{markdown}\n"))
    text = _OPENING.sub("\n", text)
    for sign in ("![", "*", "`", "[", "]"):
        text = text.replace(sign, "")
    return " ".join(replace_entities(_EMPHASIS.sub("", _RULES.sub(" ", text))).split())


def make_excerpter(query: SearchQuery) -> Callable[[str], str]:
    """Return a function that extracts from Markdown the passage that best matches `query`, or else the beginning.

    The excerpt is HTML: text is escaped and matches are wrapped in <mark>.
    """
    # An empty query matches nothing.
    pattern = re.compile("|".join(map(_pattern, query.required)) or "(?!)")

    def excerpt(markdown: str) -> str:
        text = plain_text(markdown)
        folded = fold_letters(text)
        start, end = _best_window(text, list(islice(_matches(pattern, folded), MAX_COMPARED)))
        parts, position = ["… " if start else ""], start
        for match in _matches(pattern, folded, start, end):
            before, found = text[position : match.start()], text[match.start() : match.end()]
            parts.append(f"{html.escape(before)}<mark>{html.escape(found)}</mark>")
            position = match.end()
        return "".join([*parts, html.escape(text[position:end]), " …" if end < len(text) else ""])

    return excerpt


def _pattern(term: Term) -> str:
    words = f"[ {SEPARATORS}]++".join(map(pattern_of, term.words))
    rest = f"[^ {SEPARATORS}]*" if term.is_prefix else ""
    return f"({words}{rest})(?![^ {SEPARATORS}])"


def _matches(
    pattern: re.Pattern[str], folded: str, start: int = 0, end: int = sys.maxsize
) -> Iterator[re.Match[str]]:
    # Check the character before a match here: a lookbehind would keep the pattern from skipping to its first letter.
    for match in pattern.finditer(folded, start, end):
        if not match.start() or _SEPARATOR.match(folded, match.start() - 1):
            yield match


def _best_window(text: str, matches: list[re.Match[str]]) -> tuple[int, int]:
    """Return the range, at word boundaries, around the first place with the most distinct matches."""

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
