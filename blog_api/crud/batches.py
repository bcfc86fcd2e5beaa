"""Split long lists of ids or keys, so that each statement or message has a limited number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

Id = TypeVar("Id", int, str)
# Ids per statement. SQLite allows at most 32,766 bind parameters.
BATCH = 5000


def batches(ids: Sequence[Id], size: int = BATCH) -> Iterator[Sequence[Id]]:
    """Yield the ids in lists of up to `size`."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
