"""Record the changes of each unit of work as the session flushes it, so that no write can forget to."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy.orm import Session, UOWTransaction, attributes

from blog_api.crud.changes.recording import (
    announce_posts,
    record_changes,
    record_deleted_posts,
    record_posts,
    record_users,
)
from blog_api.database.columns import utcnow
from blog_api.database.session import listen_to_flushes
from blog_api.models.posts import Post
from blog_api.models.tags import Tag
from blog_api.models.users import User
from blog_api.policies.posts import is_public

Entity = TypeVar("Entity", Post, Tag, User)

_KEY = "flushed_changes"
# The columns of an account that the public sees.
_PUBLIC_COLUMNS = ("username", "display_name", "bio", "website", "image", "is_active")


def listen() -> None:
    """Record what every session of the app flushes."""
    listen_to_flushes(before=_before_flush, after=_after_flush)


def _before_flush(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """Record what is gone or overwritten after the flush, and remember the rest for then."""
    now = utcnow()
    for post in _of_type(session.new, Post):
        if is_public(post, now):
            post.announced_at = post.published_at
    written = [post for post in _of_type(session.dirty, Post) if session.is_modified(post)]
    session.info[_KEY] = {
        "post.published": [post for post in _of_type(session.new, Post) if post.announced_at],
        "post.updated": [post for post in written if _concerns_the_public(post)],
        "tag.created": _of_type(session.new, Tag),
        "tag.updated": [tag for tag in _of_type(session.dirty, Tag) if session.is_modified(tag)],
        "user.updated": [user for user in _of_type(session.dirty, User) if _is_publicly_modified(user)],
    }
    if due := [post.id for post in written if _was_due(post)]:
        announce_posts(Post.id.in_(due))
    if posts := _of_type(session.deleted, Post):
        record_deleted_posts(Post.id.in_([post.id for post in posts]))
    record_changes("tag.deleted", [tag.id for tag in _of_type(session.deleted, Tag)])
    if users := _of_type(session.deleted, User):
        record_users("user.deleted", User.id.in_([user.id for user in users]))


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    """Record the rest, now that new rows have ids and changed ones are locked."""
    flushed: dict[str, list[Any]] = session.info.pop(_KEY)
    ids = {kind: [entity.id for entity in entities] for kind, entities in flushed.items()}
    record_changes("tag.created", ids["tag.created"])
    record_changes("tag.updated", ids["tag.updated"])
    record_changes("post.published", ids["post.published"])
    if ids["post.updated"]:
        record_posts(Post.id.in_(ids["post.updated"]))
    if ids["user.updated"]:
        record_users("user.updated", User.id.in_(ids["user.updated"]))


def _of_type(entities: Any, kind: type[Entity]) -> list[Entity]:
    return [entity for entity in entities if isinstance(entity, kind)]


def _concerns_the_public(post: Post) -> bool:
    """Return whether the post was or is published. Only then can it be public, or come due while it is written."""
    return "published" in (post.status, _loaded(post, "status")) or _loaded(post, "announced_at") is not None


def _was_due(post: Post) -> bool:
    """Return whether the post, as it was loaded, had come due without having been announced."""
    if post.announced_at is not None or _loaded(post, "status") != "published":
        return False
    return _loaded(post, "deleted_at") is None and bool(_loaded(post, "published_at") <= utcnow())


def _is_publicly_modified(user: User) -> bool:
    return any(attributes.get_history(user, name).has_changes() for name in _PUBLIC_COLUMNS)


def _loaded(post: Post, name: str) -> Any:
    """Return the value that an attribute had before it was changed."""
    history = attributes.get_history(post, name)
    return history.deleted[0] if history.deleted else getattr(post, name)
