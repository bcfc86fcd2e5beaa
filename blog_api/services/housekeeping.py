"""Delete expired and unused rows, in batches. Each batch is a transaction, so that locks are held briefly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from blog_api.auth import audit
from blog_api.crud import housekeeping as crud
from blog_api.crud import tags
from blog_api.crud.comments import guests
from blog_api.crud.history import pruning
from blog_api.crud.posts import trash
from blog_api.database.columns import utcnow
from blog_api.database.session import transaction
from blog_api.services.changes import delete_old_changes

BATCH = 1000
# Posts whose revisions are deleted in one transaction.
POSTS = 50


def remove_expired(changes_days: int) -> dict[str, int]:
    """Delete all expired rows, and changes older than `changes_days`. Return their number per table."""
    now = utcnow()
    removed = {
        table.name: _in_batches(partial(crud.delete_expired, table, now)) for table in crud.expiring_tables()
    }
    removed["changes"] = _in_batches(partial(delete_old_changes, changes_days))
    detail = ", ".join(f"{name} {number}" for name, number in removed.items() if number)
    if detail:
        _audit("expired.removed", detail)
    return removed


def erase_guest_data() -> int:
    """Erase the email and IP addresses of guests from old comments. Return the number of comments."""
    before = utcnow() - guests.RETENTION
    return _audit_removed("guests.erased", "comments", _in_batches(partial(guests.erase_guest_data, before)))


def prune_tags(age: timedelta) -> int:
    """Delete unused tags created at least `age` ago. Return their number."""
    return _audit_removed(
        "tags.pruned", "tags", _in_batches(partial(tags.delete_unused_tags, utcnow() - age))
    )


def purge_trash(age: timedelta) -> int:
    """Permanently delete posts that were trashed at least `age` ago. Return their number."""
    return _audit_removed(
        "trash.purged", "posts", _in_batches(partial(trash.delete_trashed_posts, utcnow() - age))
    )


def prune_revisions(keep: int) -> int:
    """Delete all but the newest `keep` revisions of each post, and those needed for conflicts. Return their number."""
    total = last_id = 0
    while True:
        with transaction():
            post_ids = pruning.find_posts_to_prune(keep, last_id, POSTS)
            if not post_ids:
                break
            total += pruning.delete_old_revisions(post_ids, keep)
            last_id = post_ids[-1]
    return _audit_removed("revisions.pruned", "revisions", total)


def _audit_removed(action: str, noun: str, removed: int) -> int:
    if removed:
        _audit(action, f"{removed} {noun}")
    return removed


def _audit(action: str, detail: str) -> None:
    with transaction():
        audit.record(action, user_id=None, detail=detail)


def _in_batches(delete: Callable[[int], int]) -> int:
    """Call `delete` with the batch size until it deletes nothing. Return the number of deleted rows."""
    total = 0
    while True:
        with transaction():
            removed = delete(BATCH)
        if not removed:
            return total
        total += removed
