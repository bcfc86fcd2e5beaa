"""Keep placeholders for comments that have replies."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby
from operator import attrgetter

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import aliased

from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.comments import Comment
from blog_api.policies.comments import has_status

_reply = aliased(Comment)
_REPLIES = select(_reply.id).where(_reply.parent_id == Comment.id).correlate(Comment)


def has_replies(comment: Comment) -> bool:
    """Return whether anybody has replied to the comment, even if the reply is not shown."""
    found: bool = db.session.execute(select(exists().where(Comment.parent_id == comment.id))).scalar_one()
    return found


def update_placeholders(comment_ids: Collection[int]) -> None:
    """Show or hide these comments and those above them: a comment is shown if it is approved or has a shown reply.

    Removes deleted comments that no longer have replies. The threads must be locked (`count_activity`).
    """
    above = select(Comment.id, Comment.parent_id, Comment.depth).where(Comment.id.in_(comment_ids))
    branch = above.cte("branch", recursive=True)
    above = select(Comment.id, Comment.parent_id, Comment.depth).join(
        branch, Comment.id == branch.c.parent_id
    )
    branch = branch.union(above)
    rows = db.session.execute(select(branch.c.id, branch.c.depth).order_by(branch.c.depth.desc())).all()
    # From the bottom up: whether a comment is shown depends on its replies.
    for _depth, level in groupby(rows, attrgetter("depth")):
        _update_level([row.id for row in level])


def _update_level(ids: Collection[int]) -> None:
    unneeded = delete(Comment).where(Comment.id.in_(ids), has_status("deleted"), ~_REPLIES.exists())
    db.session.execute(unneeded, execution_options=UNSYNCHRONIZED)
    shown = has_status("approved") | _REPLIES.where(_reply.shown).exists()
    changed = update(Comment).where(Comment.id.in_(ids), Comment.shown != shown)
    db.session.execute(
        changed.values(shown=shown, updated_at=Comment.updated_at), execution_options=UNSYNCHRONIZED
    )
