"""Unified diffs of texts, in bounded time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import takewhile

# Lines around each change.
CONTEXT = 3
# The matcher of the standard library takes up to half a second for this many lines, and cubic time for more.
MAX_LINES = 1500

Opcode = tuple[str, int, int, int, int]


def unified_diff(before: str, after: str) -> str:
    """Return the changes in the unified format, without the names of files. It is empty if there are none.

    Past the lines that both texts begin and end with, up to MAX_LINES lines are compared one by one. If there are more,
    they count as replaced altogether.
    """
    old, new = _lines(before), _lines(after)
    groups = _Matcher(_opcodes(old, new)).get_grouped_opcodes(CONTEXT)
    return "".join(f"{line}\n" for group in groups for line in _hunk(group, old, new))


def _lines(text: str) -> list[str]:
    return text.split("\n") if text else []


class _Matcher(SequenceMatcher[str]):
    """A matcher of texts that have been compared. It only groups the changes."""

    def __init__(self, opcodes: list[Opcode]) -> None:
        super().__init__()
        self._opcodes = opcodes

    def get_opcodes(self) -> list[Opcode]:  # type: ignore[override]
        return self._opcodes


def _opcodes(old: list[str], new: list[str]) -> list[Opcode]:
    """Return the opcodes of `SequenceMatcher`. It compares only what lies between the common beginning and end."""
    start = _common(old, new)
    end = min(_common(old[::-1], new[::-1]), len(old) - start, len(new) - start)
    old_end, new_end = len(old) - end, len(new) - end
    changes = _middle(old[start:old_end], new[start:new_end])
    return [
        *([("equal", 0, start, 0, start)] if start else []),
        *((tag, a + start, b + start, c + start, d + start) for tag, a, b, c, d in changes),
        *([("equal", old_end, len(old), new_end, len(new))] if end else []),
    ]


def _middle(old: list[str], new: list[str]) -> list[Opcode]:
    if max(len(old), len(new)) <= MAX_LINES:
        return [(tag, a, b, c, d) for tag, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes()]
    return [("replace", 0, len(old), 0, len(new))]


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many lines both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _hunk(group: Sequence[Opcode], old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    first, last = group[0], group[-1]
    yield f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@"
    for tag, old_start, old_end, new_start, new_end in group:
        if tag == "equal":
            yield from (f" {line}" for line in old[old_start:old_end])
        else:
            yield from (f"-{line}" for line in old[old_start:old_end])
            yield from (f"+{line}" for line in new[new_start:new_end])


def _range(start: int, end: int) -> str:
    """Return a range of lines. They count from 1, and an empty range begins at the line before."""
    return f"{start + (end > start)},{end - start}"
