"""Compare the counts of comments and likes with the rows that they count, and correct them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from blog_api.crud.activity import count_activity
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.activity import PostActivity
from blog_api.models.comments import Comment
from blog_api.models.posts import Post
from blog_api.models.reactions import Like
from blog_api.policies.comments import has_status


def find_wrong_counts() -> list[int]:
    """Return the ids of posts whose number of comments or likes is wrong, in order."""
    comments = select(Comment.post_id, func.count().label("number")).where(has_status("approved"))
    comments_of = comments.group_by(Comment.post_id).subquery()
    likes_of = select(Like.post_id, func.count().label("number")).group_by(Like.post_id).subquery()
    wrong = (
        select(Post.id)
        .outerjoin(Post.activity)
        .outerjoin(comments_of, comments_of.c.post_id == Post.id)
        .outerjoin(likes_of, likes_of.c.post_id == Post.id)
        .where(
            or_(
                func.coalesce(PostActivity.comments, 0) != func.coalesce(comments_of.c.number, 0),
                func.coalesce(PostActivity.likes, 0) != func.coalesce(likes_of.c.number, 0),
            )
        )
    )
    return list(db.session.scalars(wrong.order_by(Post.id)))


def correct_counts(post_ids: Iterable[int]) -> None:
    """Count the comments and likes of these posts again."""
    for post_id in sorted(post_ids):
        # Lock the counts first, so that nothing is added while they are corrected.
        count_activity(post_id)
        comments = _count(Comment.post_id, post_id).where(has_status("approved"))
        likes = _count(Like.post_id, post_id)
        corrected = update(PostActivity).where(PostActivity.post_id == post_id)
        db.session.execute(
            corrected.values(comments=comments.scalar_subquery(), likes=likes.scalar_subquery()),
            execution_options=UNSYNCHRONIZED,
        )


def _count(column: InstrumentedAttribute[int], post_id: int) -> Select[int]:
    return select(func.count()).where(column == post_id)
