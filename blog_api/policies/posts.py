"""Who may see and change posts: functions for one post, and the same rules as SQL conditions.

Every query of posts starts from a condition of this module; nothing else decides what is visible.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, false, literal_column, or_, select
from sqlalchemy.orm import aliased

from blog_api.database.columns import utcnow
from blog_api.models import Post, PostAuthor, post_tags
from blog_api.policies.viewers import Audience, Viewer, is_editor

# Bind parameters rather than values, so that each statement is built and compiled once.
_NOW = bindparam("now", type_=Post.published_at.type)
_VIEWER_ID = bindparam("viewer_id", type_=Post.author_id.type)
# Under a name of its own, so that a list may also join the table.
_own = aliased(PostAuthor, name="own")
_OWN_POSTS = select(_own.post_id).where(_own.post_id == Post.id, _own.user_id == _VIEWER_ID).correlate(Post)


def can_write_posts(viewer: Viewer) -> bool:
    """Readers may not write posts."""
    return viewer.role != "reader"


def can_edit_post(viewer: Viewer, author_ids: Collection[int]) -> bool:
    """Authors edit the posts that they have written, alone or with others, editors all."""
    return is_editor(viewer) or (can_write_posts(viewer) and viewer.id in author_ids)


def is_author_or_editor(viewer: Viewer, author_ids: Collection[int]) -> bool:
    """Whether they may change anything of it: an author who is a reader by now may still leave it."""
    return is_editor(viewer) or viewer.id in author_ids


def can_manage_post(viewer: Viewer, owner_id: int) -> bool:
    """Whether they may also delete it, restore it, and say who its co-authors are: its owner and editors."""
    return can_edit_post(viewer, [owner_id])


def can_set_co_authors(viewer: Viewer, owner_id: int, before: Sequence[int], after: Sequence[int]) -> bool:
    """Who manages the post says who else wrote it; co-authors take themselves out of the list, and nobody else."""
    others = [user_id for user_id in before if user_id != viewer.id]
    return can_manage_post(viewer, owner_id) or (viewer.id in before and list(after) == others)


def parameters_of(viewer: Viewer | None) -> dict[str, Any]:
    """The values of the conditions below for who is asking at this moment."""
    return {"now": utcnow(), "viewer_id": viewer.id if viewer else None}


def untrashed_posts() -> ColumnElement[bool]:
    """What is not in the trash."""
    return Post.deleted_at.is_(None)


def live_posts() -> ColumnElement[bool]:
    """What everybody may see: published, its time has come, not in the trash."""
    return and_(_published_posts(), untrashed_posts(), Post.published_at <= _NOW)


def due_posts() -> ColumnElement[bool]:
    """What everybody will see by the passing of time alone: published, not in the trash, and its time will come."""
    return and_(_scheduled_posts(), untrashed_posts())


def shown_status() -> ColumnElement[str]:
    """The status that a client reads: scheduled is a published post whose time has not come."""
    return case((_scheduled_posts(), literal_column("'scheduled'")), else_=Post.status)


def has_other_status(stored: str) -> ColumnElement[bool]:
    """What is stored with another status than this one."""
    return Post.status != stored


def status_of(post: Post, now: datetime) -> str:
    """The same as shown_status, of one post."""
    waits = post.status == "published" and post.published_at is not None and post.published_at > now
    return "scheduled" if waits else post.status


def _scheduled_posts() -> ColumnElement[bool]:
    return and_(_published_posts(), Post.published_at > _NOW)


def _published_posts() -> ColumnElement[bool]:
    # Written into the statement, not bound, so that both planners can match the partial indexes.
    return Post.status == literal_column("'published'")


def live_tagged_posts() -> ColumnElement[bool]:
    """The same as live_posts, of rows of post_tags: what their `published_at` is there for."""
    return post_tags.c.published_at <= _NOW


def live_authored_posts() -> ColumnElement[bool]:
    """The same as live_posts, of rows of post_authors: what their `published_at` is there for."""
    return PostAuthor.published_at <= _NOW


def own_posts() -> ColumnElement[bool]:
    """What they have written, alone or with others."""
    return _OWN_POSTS.exists()


def own_authorships() -> ColumnElement[bool]:
    """The same as own_posts, of rows of post_authors."""
    return PostAuthor.user_id == _VIEWER_ID


def visible_posts(audience: Audience) -> ColumnElement[bool]:
    """Which single posts they may see: live ones, their own, and editors all; never what is in the trash."""
    if audience is Audience.EDITORS:
        return untrashed_posts()
    if audience is Audience.EVERYONE:
        return live_posts()
    return and_(untrashed_posts(), or_(live_posts(), own_posts()))


def editable_posts(viewer: Viewer) -> ColumnElement[bool]:
    """Which posts they may change: those of can_edit_post, never what is in the trash."""
    if is_editor(viewer):
        return untrashed_posts()
    if not can_write_posts(viewer):
        return false()
    return and_(untrashed_posts(), own_posts())


def trashed_posts(audience: Audience) -> ColumnElement[bool]:
    """What they see of the trash: what they own, editors all."""
    if audience is Audience.EVERYONE:
        return false()
    trashed = Post.deleted_at.is_not(None)
    return trashed if audience is Audience.EDITORS else and_(trashed, Post.author_id == _VIEWER_ID)


def expired_trash() -> ColumnElement[bool]:
    """What has been in the trash since the parameter `trashed_before`."""
    return Post.deleted_at < bindparam("trashed_before", type_=Post.deleted_at.type)


def listed_posts(
    audience: Audience, status: str | None, own: Callable[[], ColumnElement[bool]] = own_posts
) -> ColumnElement[bool]:
    """Which posts a list of this status holds: live ones for everyone, the rest one's own, to editors everyone's.

    `own` says what is one's own; own_authorships where the list joins post_authors.
    """
    if status in (None, "published"):
        return live_posts()
    if audience is Audience.EVERYONE:
        return false()
    conditions = [untrashed_posts(), *_with_status(status)]
    if audience is Audience.MEMBERS:
        conditions.append(own())
    return and_(*conditions)


def listed_trash(audience: Audience, status: str | None) -> ColumnElement[bool]:
    """The same of the trash, where posts of every status are shown unless one is asked for."""
    return and_(trashed_posts(audience), *_with_status(status or "all"))


def _with_status(status: str | None) -> list[ColumnElement[bool]]:
    if status == "all":
        return []
    if status == "scheduled":
        return [_scheduled_posts()]
    if status == "published":
        return [_published_posts(), Post.published_at <= _NOW]
    # The second follows from the first, but SQLite must find it to match the partial index.
    return [Post.status == status, Post.status != literal_column("'published'")]
