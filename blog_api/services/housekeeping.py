"""What is removed from time to time: many rows, in batches, each a transaction, so that nobody waits long for one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from blog_api.crud import tags
from blog_api.database import transaction, utcnow

BATCH = 1000


def prune_tags(age: timedelta) -> int:
    """Remove the tags that are on no post and were made at least `age` ago; gives how many."""
    return _in_batches(partial(tags.delete_unused_tags, utcnow() - age))


def _in_batches(delete: Callable[[int], int]) -> int:
    """Call `delete` with the size of a batch until it removes nothing; gives how many rows it removed."""
    total = 0
    while True:
        with transaction():
            removed = delete(BATCH)
        if not removed:
            return total
        total += removed
