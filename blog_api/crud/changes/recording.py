"""Record changes of posts, tags, users and comments in the transaction that makes them.

What is recorded of a post follows from two facts: whether it is public now, and whether the feed has announced it
(`Post.announced_at`). So several writes in one transaction, or a post that comes due meanwhile, leave a correct record.
Units of work are recorded as they flush (`units_of_work`); set-based statements call these functions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    false,
    insert,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    update,
)

from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.changes import Change
from blog_api.models.comments import Comment
from blog_api.models.posts import Post, PostAuthor
from blog_api.models.users import User
from blog_api.policies.changes import announced_posts, shown_updated_at, unannounced_posts
from blog_api.policies.comments import has_status
from blog_api.policies.posts import live_authored_posts, live_posts, parameters_of


def record_changes(type_: str, ids: Iterable[int], *, into_id: int | None = None) -> None:
    """Record a public change of each of these rows."""
    rows = [{"type": type_, "entity_id": row_id, "into_id": into_id} for row_id in ids]
    if rows:
        db.session.execute(insert(Change), rows)


def announce_posts(condition: ColumnElement[bool]) -> list[int]:
    """Record as published those posts that came due and that the feed has not announced. Return their ids.

    Their stored `updated_at` becomes the time that is shown already. Concurrent calls announce a post once.
    """
    due = update(Post).where(condition, unannounced_posts()).returning(Post.id)
    due = due.values(announced_at=Post.published_at, updated_at=shown_updated_at())
    ids = db.session.scalars(due, parameters_of(None), execution_options=UNSYNCHRONIZED).all()
    record_changes("post.published", sorted(ids))
    return list(ids)


def record_posts(condition: ColumnElement[bool]) -> None:
    """Record how posts that have just been written changed for the public, and what the feed has announced of them."""
    parameters = parameters_of(None)
    announced, live = announced_posts(), live_posts()
    kind = case(
        (and_(announced, live), "post.updated"), (announced, "post.unpublished"), else_="post.published"
    )
    rows = select(kind, Post.id, true()).where(condition, or_(announced, live)).order_by(Post.id)
    if _insert(rows, parameters) <= {"post.updated"}:
        return
    outdated = or_(and_(announced, not_(live)), and_(not_(announced), live))
    announcing = case((live, Post.published_at), else_=null())
    statement = update(Post).where(condition, outdated)
    db.session.execute(
        statement.values(announced_at=announcing, updated_at=Post.updated_at),
        parameters,
        execution_options=UNSYNCHRONIZED,
    )


def record_deleted_posts(condition: ColumnElement[bool]) -> None:
    """Record posts that are about to be deleted permanently: as public if they have ever been public."""
    announce_posts(condition)
    withdrawn = exists().where(Change.type == "post.unpublished", Change.entity_id == Post.id)
    public = or_(announced_posts(), withdrawn)
    rows = select(literal("post.deleted"), Post.id, public).where(condition).order_by(Post.id)
    _insert(rows, {})


def record_users(type_: str, condition: ColumnElement[bool]) -> None:
    """Record a change of users: as public for those with a public post, comment or change that waits."""
    has_posts = exists().where(PostAuthor.user_id == User.id, live_authored_posts())
    has_comments = exists().where(
        Comment.user_id == User.id, has_status("approved"), Post.id == Comment.post_id, live_posts()
    )
    was_public = exists().where(
        Change.position.is_(None), Change.type == "user.updated", Change.entity_id == User.id, Change.public
    )
    rows = select(literal(type_), User.id, or_(has_posts, has_comments, was_public))
    rows = rows.where(condition).order_by(User.id)
    _insert(rows, parameters_of(None))


def record_comments(type_: str, ids: Iterable[int], *, public: bool) -> None:
    """Record a change of comments. It is public if `public` is true and their post is public."""
    shown = live_posts() if public else false()
    rows = select(literal(type_), Comment.id, Comment.post_id, shown).join(Comment.post)
    rows = rows.where(Comment.id.in_(ids)).order_by(Comment.id)
    statement = insert(Change).from_select(["type", "entity_id", "post_id", "public"], rows)
    db.session.connection().execute(statement, parameters_of(None))


def _insert(rows: Select[str, int, bool], parameters: dict[str, Any]) -> set[str]:
    """Insert the rows of a SELECT, and return the types among them."""
    statement = insert(Change).from_select(["type", "entity_id", "public"], rows).returning(Change.type)
    # On the connection, because Session.execute treats parameters of an INSERT as entities.
    return set(db.session.connection().execute(statement, parameters).scalars())
