"""Approve or reject several comments together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select

from blog_api.crud.activity import count_activity
from blog_api.crud.comments.showing import update_placeholders
from blog_api.crud.comments.write import approval_change, keeping_posts
from blog_api.database.session import db
from blog_api.models.comments import Comment
from blog_api.policies.comments import visible_comments
from blog_api.policies.posts import parameters_of
from blog_api.policies.viewers import Viewer, audience_of
from blog_api.problems import Fault, InvalidInput


def moderate(ids: Sequence[int], status: str, viewer: Viewer) -> list[Comment]:
    """Set the status of all these comments, or of none. Return those that had another one.

    Raises InvalidInput if the viewer does not see one of them.
    """
    visible = select(Comment).join(Comment.post)
    visible = visible.where(Comment.id.in_(ids), visible_comments(audience_of(viewer)))
    posts = keeping_posts(visible.with_only_columns(Comment.post_id).order_by(Comment.post_id))
    post_ids = db.session.scalars(posts, parameters_of(viewer)).all()
    for post_id in sorted(set(post_ids)):
        count_activity(post_id)
    found = {comment.id: comment for comment in db.session.scalars(visible, parameters_of(viewer))}
    detail = "This must be the id of a comment that you may see."
    faults = [Fault(detail, "not_a_comment", f"/ids/{n}") for n, id_ in enumerate(ids) if id_ not in found]
    if faults:
        raise InvalidInput(faults=faults)
    changed = [comment for comment in found.values() if comment.status != status]
    _set_status(changed, status)
    return changed


def _set_status(comments: Sequence[Comment], status: str) -> None:
    counts: Counter[int] = Counter()
    for comment in comments:
        counts[comment.post_id] += approval_change(comment.status, status)
        comment.status = status
    db.session.flush()
    for post_id, number in counts.items():
        if number:
            count_activity(post_id, comments=number)
    if comments:
        update_placeholders([comment.id for comment in comments])
