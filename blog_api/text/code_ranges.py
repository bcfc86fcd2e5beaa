"""Find the code in Markdown."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from pyromark import events_with_range

from blog_api.text.rendering.markdown import POSTS

# What precedes indented code on its line.
_INDENTED = re.compile(r"(?:^|[\n\r])[>\-+*.)\d \t]*(?: {4}|\t)")


class Ranges:
    """Contains the offsets in some ranges, which are in order and do not overlap."""

    def __init__(self, ranges: Iterable[tuple[int, int]]) -> None:
        self._ranges = list(ranges)

    def __contains__(self, offset: int) -> bool:
        number = bisect_right(self._ranges, offset, key=lambda found: found[0]) - 1
        return number >= 0 and offset < self._ranges[number][1]


def find_code(content: str) -> Ranges:
    """Return the ranges of code spans, and of fenced and indented code, in Markdown that passes `check_nesting`."""
    return Ranges(_find(content) if _may_have_code(content) else ())


def _may_have_code(content: str) -> bool:
    if "`" in content or "~~~" in content:
        return True
    return ("    " in content or "\t" in content) and _INDENTED.search(content) is not None


def _find(content: str) -> Iterator[tuple[int, int]]:
    source = content.encode()
    characters = last = 0
    for event, span in events_with_range(content, options=POSTS.options):
        match event:
            case {"Code": _} | {"Start": {"CodeBlock": _}}:
                start = characters + len(source[last : span["start"]].decode())
                last, characters = span["end"], start + len(source[span["start"] : span["end"]].decode())
                yield start, characters
