"""Queue mail about comments, and read its contents when it is sent."""

from __future__ import annotations

from sqlalchemy import bindparam, case, exists, insert, literal, select, union, update
from sqlalchemy.orm import aliased

from blog_api.crud.outbox import MAX_AGE
from blog_api.database.columns import utcnow
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.comments import Comment
from blog_api.models.outbox import OutboxMessage
from blog_api.models.posts import Post, PostAuthor
from blog_api.models.users import User
from blog_api.paging.pages import AnyRow
from blog_api.policies.comments import has_status
from blog_api.policies.posts import live_posts, parameters_of

_author = aliased(User)


def queue_notices(comment: Comment) -> None:
    """Queue mail to the authors of the post and to the user whom the comment replies to.

    Nobody gets mail about their own comment, more than one message about the same, or any after opting out.
    """
    now = utcnow()
    replied_to = select(Comment.user_id).where(Comment.id == comment.parent_id, Comment.user_id.is_not(None))
    authors = select(PostAuthor.user_id).where(PostAuthor.post_id == comment.post_id)
    known = exists().where(OutboxMessage.user_id == User.id, OutboxMessage.comment_id == comment.id)
    rows = select(
        case((User.id.in_(replied_to), "reply"), else_="comment"),
        User.email,
        User.id,
        literal(comment.id),
        literal(now, OutboxMessage.due_at.type),
        literal(now + MAX_AGE, OutboxMessage.expires_at.type),
    ).where(
        User.id.in_(union(replied_to, authors)),
        User.id.is_distinct_from(comment.user_id),
        User.email.is_not(None),
        User.is_active,
        User.comment_mail,
        ~known,
    )
    columns = ["kind", "recipient", "user_id", "comment_id", "due_at", "expires_at"]
    db.session.execute(insert(OutboxMessage).from_select(columns, rows))


def read_notice(comment_id: int | None, user_id: int | None) -> AnyRow | None:
    """Return what a message about a comment says, or None if it is obsolete.

    It is obsolete if the comment is no longer public, or if the recipient has no address, is disabled or has opted out.
    """
    columns = (
        Comment.content,
        Comment.guest_name,
        Post.id,
        Post.slug,
        Post.title,
        Post.published_at,
        User.email,
        User.username,
        _author.display_name,
    )
    notice = (
        select(*columns)
        .select_from(Comment)
        .join(Comment.post)
        .join(User, User.id == bindparam("recipient_id"))
        .outerjoin(Comment.user.of_type(_author))
        .where(Comment.id == bindparam("comment_id"), has_status("approved"), live_posts())
        .where(User.email.is_not(None), User.is_active, User.comment_mail)
    )
    values = parameters_of(None) | {"comment_id": comment_id, "recipient_id": user_id}
    return db.session.execute(notice, values).one_or_none()


def end_notices(user_id: int) -> None:
    """Stop mail about comments to a user."""
    changed = update(User).where(User.id == user_id, User.comment_mail)
    db.session.execute(
        changed.values(comment_mail=False, version=User.version + 1),
        execution_options=UNSYNCHRONIZED,
    )
