"""MAY they: functions for one object, and the same rules as SQL conditions.

Every query of posts starts from a condition of this module; nothing else decides what is visible.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, literal, or_

from blog_api.models import Post
from blog_api.problems import Forbidden

ROLES = ("reader", "author", "editor", "admin")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking. Nobody (an anonymous request) is None."""

    id: int
    username: str
    role: str
    session_id: int


def is_editor(viewer: Viewer | None) -> bool:
    """Whether they may change what others wrote."""
    return viewer is not None and viewer.role in ("editor", "admin")


def is_admin(viewer: Viewer | None) -> bool:
    """Whether they may change accounts."""
    return viewer is not None and viewer.role == "admin"


def can_write_posts(viewer: Viewer) -> bool:
    """Readers may not write posts."""
    return viewer.role != "reader"


def can_edit_post(viewer: Viewer, author_id: int) -> bool:
    """Authors edit their own posts, editors all."""
    return is_editor(viewer) or (can_write_posts(viewer) and viewer.id == author_id)


def can_see_account(viewer: Viewer | None, user_id: int) -> bool:
    """Whether they see the private part of an account: its address and state."""
    return viewer is not None and (is_admin(viewer) or viewer.id == user_id)


def require(allowed: bool, detail: str) -> None:
    """Raise Forbidden with `detail` unless `allowed`."""
    if not allowed:
        raise Forbidden(detail)


def live_posts(now: datetime) -> ColumnElement[bool]:
    """What everybody may see: published, its time has come, not in the trash."""
    # Written into the statement, not bound, so that both planners can match the partial indexes.
    published = Post.status == literal("published", literal_execute=True)
    return and_(published, Post.deleted_at.is_(None), Post.published_at <= now)


def visible_posts(viewer: Viewer | None, now: datetime) -> ColumnElement[bool]:
    """Which single posts they may see: live ones, their own, and editors all; never what is in the trash."""
    if is_editor(viewer):
        return Post.deleted_at.is_(None)
    if viewer is None:
        return live_posts(now)
    return and_(Post.deleted_at.is_(None), or_(live_posts(now), Post.author_id == viewer.id))


def listed_posts(viewer: Viewer | None, status: str | None, now: datetime) -> ColumnElement[bool]:
    """Which posts a list of this status holds: live ones for everyone, the rest one's own, to editors everyone's."""
    if status in (None, "published"):
        return live_posts(now)
    if viewer is None:
        return false()
    conditions: list[ColumnElement[bool]] = [Post.deleted_at.is_(None)]
    if not is_editor(viewer):
        conditions.append(Post.author_id == viewer.id)
    if status == "scheduled":
        conditions += [Post.status == "published", Post.published_at > now]
    elif status != "all":
        conditions.append(Post.status == status)
    return and_(*conditions)
