"""Split long lists of ids over several statements."""

from __future__ import annotations

from collections.abc import Iterator

# Ids per statement. SQLite allows at most 32,766 bind parameters.
BATCH = 5000


def batches(ids: list[int]) -> Iterator[list[int]]:
    """Yield the ids in lists of up to BATCH."""
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
