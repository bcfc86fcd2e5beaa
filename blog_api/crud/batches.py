"""Split long lists of ids or keys over several statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

Id = TypeVar("Id", int, str)
# Ids per statement. SQLite allows at most 32,766 bind parameters.
BATCH = 5000


def batches(ids: Sequence[Id]) -> Iterator[Sequence[Id]]:
    """Yield the ids in lists of up to BATCH."""
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
