"""What is removed from time to time: many rows, in batches, each a transaction, so that nobody waits long for one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from blog_api.auth import audit
from blog_api.crud import housekeeping as crud
from blog_api.crud import tags
from blog_api.crud.posts import trash
from blog_api.database.columns import utcnow
from blog_api.database.session import transaction

BATCH = 1000


def remove_expired() -> dict[str, int]:
    """Remove all rows that have expired; gives how many there were in each table."""
    now = utcnow()
    removed = {
        table.name: _in_batches(partial(crud.delete_expired, table, now)) for table in crud.expiring_tables()
    }
    said = ", ".join(f"{name} {number}" for name, number in removed.items() if number)
    if said:
        _note("expired.removed", said)
    return removed


def prune_tags(age: timedelta) -> int:
    """Remove the tags that are on no post and were made at least `age` ago; gives how many."""
    return _audited("tags.pruned", "tags", _in_batches(partial(tags.delete_unused_tags, utcnow() - age)))


def purge_trash(age: timedelta) -> int:
    """Remove for ever the posts that were moved to the trash at least `age` ago; gives how many."""
    return _audited("trash.purged", "posts", _in_batches(partial(trash.delete_trashed_posts, utcnow() - age)))


def _audited(action: str, what: str, removed: int) -> int:
    if removed:
        _note(action, f"{removed} {what}")
    return removed


def _note(action: str, detail: str) -> None:
    with transaction():
        audit.record(action, user_id=None, detail=detail)


def _in_batches(delete: Callable[[int], int]) -> int:
    """Call `delete` with the size of a batch until it removes nothing; gives how many rows it removed."""
    total = 0
    while True:
        with transaction():
            removed = delete(BATCH)
        if not removed:
            return total
        total += removed
