"""Parse the arguments of shortcodes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_ARGUMENT = re.compile(
    r"(?:(?P<key>[\w-]+)\s*=\s*)?"
    r"(?:\"(?P<double>(?:\\.|[^\"\\])*+)\"|'(?P<single>[^']*+)'|`(?P<raw>[^`]*+)`|(?P<bare>[^\s,\"'`=]+))",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Arguments(NamedTuple):
    """The arguments by position and by name."""

    positional: tuple[str, ...]
    named: Mapping[str, str]

    def get(self, name: str, position: int | None = None) -> str:
        """Return the argument with this name, or else at this position, or ""."""
        if name in self.named:
            return self.named[name]
        is_there = position is not None and position < len(self.positional)
        return self.positional[position] if is_there and position is not None else ""


def parse_arguments(text: str) -> Arguments:
    """Parse `id="x" title='y' z`, also with commas, as in Zola."""
    positional: list[str] = []
    named: dict[str, str] = {}
    for found in _ARGUMENT.finditer(text):
        value = next(found[name] for name in ("double", "single", "raw", "bare") if found[name] is not None)
        if found["double"] is not None:
            value = _ESCAPE.sub(r"\1", value)
        if found["key"]:
            named.setdefault(found["key"].lower(), value.strip())
        else:
            positional.append(value.strip())
    return Arguments(tuple(positional), named)
