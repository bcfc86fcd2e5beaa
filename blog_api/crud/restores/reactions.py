"""Insert likes and follows of another blog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from blog_api.crud.activity import count_activity
from blog_api.database.dialects import insert
from blog_api.database.session import db
from blog_api.models.reactions import Follow, Like


def add_likes(rows: Sequence[dict[str, Any]]) -> int:
    """Insert likes that do not exist yet, and count them. Return their number."""
    if not rows:
        return 0
    statement = insert(Like).on_conflict_do_nothing().returning(Like.post_id)
    added = Counter(db.session.execute(statement, rows).scalars())
    for post_id in sorted(added):
        count_activity(post_id, likes=added[post_id])
    return added.total()


def add_follows(rows: Sequence[dict[str, Any]]) -> int:
    """Insert follows that do not exist yet. Return their number."""
    if not rows:
        return 0
    statement = insert(Follow).on_conflict_do_nothing().returning(Follow.author_id)
    return len(db.session.execute(statement, rows).scalars().all())
