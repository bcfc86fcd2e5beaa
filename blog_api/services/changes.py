"""Number the changes of committed transactions, and delete old ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from blog_api.crud.changes import numbering as crud
from blog_api.database.columns import utcnow
from blog_api.database.session import reading, transaction

# Changes and due posts per transaction.
BATCH = 5000


class Numbering(NamedTuple):
    """The number of changes numbered, and when the next scheduled post comes due."""

    numbered: int
    next_due: datetime | None


def number_changes() -> Numbering:
    """Announce posts that have come due, and number all changes that are waiting.

    Only reads if nothing is waiting: on SQLite, a transaction takes the only write lock.
    """
    total = 0
    while True:
        with reading():
            is_waiting, next_due = crud.find_waiting()
        numbered = _number_batch() if is_waiting else 0
        total += numbered
        if not numbered:
            return Numbering(total, next_due)


def _number_batch() -> int:
    with transaction():
        last, last_at = crud.lock_feed()
        crud.announce_due_posts(BATCH)
        return crud.number_changes(last, last_at, BATCH)


def measure_backlog() -> float:
    """Return for how many seconds the oldest change has been waiting to be numbered."""
    return crud.oldest_waiting().total_seconds()


def delete_old_changes(days: int, limit: int) -> int:
    """Delete up to `limit` changes that are older than this many days. Return their number."""
    crud.lock_feed()
    return crud.delete_changes(utcnow() - timedelta(days=days), limit)
