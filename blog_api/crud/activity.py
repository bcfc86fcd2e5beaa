"""Count the comments and likes of posts, and tell the response cache whose counts a response shows."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute

from blog_api.context import exchange
from blog_api.database.dialects import insert, is_postgresql
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.activity import PostActivity
from blog_api.models.posts import Post


class Activity(NamedTuple):
    """A state of the comments and likes of a post. Every change of them raises the version."""

    post_id: int
    version: int


def count_activity(post_id: int, *, comments: int = 0, likes: int = 0) -> None:
    """Add to the counts of a post, and invalidate the cached responses that show them.

    Locks the counts of this post until the commit. Call it before other statements that write comments of the post,
    even if the counts stay the same: it makes concurrent changes of a thread wait for each other. Count several posts
    in the order of their ids, so that concurrent requests do not deadlock.
    """
    # The row to insert must satisfy the constraints even if it conflicts with an existing one.
    first = {"first_comments": max(comments, 0), "first_likes": max(likes, 0)}
    values = first | {"activity_post_id": post_id, "more_comments": comments, "more_likes": likes}
    db.session.connection().execute(_count(is_postgresql()), values)


@lru_cache
def _count(for_postgresql: bool) -> postgresql.Insert | sqlite.Insert:
    statement = insert(PostActivity, for_postgresql=for_postgresql).values(
        post_id=bindparam("activity_post_id"),
        comments=bindparam("first_comments"),
        likes=bindparam("first_likes"),
        version=1,
    )
    return statement.on_conflict_do_update(
        index_elements=["post_id"],
        set_={
            "comments": PostActivity.comments + bindparam("more_comments", type_=Integer),
            "likes": PostActivity.likes + bindparam("more_likes", type_=Integer),
            "version": PostActivity.version + 1,
        },
    )


def subtract_likes(post_ids: Select[int]) -> None:
    """Subtract one like from each of these posts. Locks their counts in the order of their ids, as `count_activity`."""
    counts = select(PostActivity.post_id).where(PostActivity.post_id.in_(post_ids))
    locked = counts.order_by(PostActivity.post_id).with_for_update()
    changed = update(PostActivity).where(PostActivity.post_id.in_(locked))
    values = {"likes": PostActivity.likes - 1, "version": PostActivity.version + 1}
    db.session.execute(changed.values(values), execution_options=UNSYNCHRONIZED)


def counted(column: InstrumentedAttribute[int]) -> ColumnElement[int]:
    """Return a column of the activity of the post in the enclosing SELECT, or 0 without any."""
    activity = select(column).where(PostActivity.post_id == Post.id).correlate(Post)
    return func.coalesce(activity.scalar_subquery(), 0)


def show_activity(post_id: int, version: int) -> None:
    """Record that the response shows the comments or likes of one post, in this version or a later one.

    It stays cached until their next change.
    """
    exchange.activity = Activity(post_id, version)
