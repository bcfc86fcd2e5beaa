"""Access rules for comments. Only those who may see a post may see its comments."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, literal_column, or_, true

from blog_api.models.comments import Comment
from blog_api.policies.posts import visible_posts
from blog_api.policies.viewers import Audience, Viewer, is_editor, require

# How long authors can edit a comment.
EDITABLE = timedelta(minutes=15)

_VIEWER_ID = bindparam("viewer_id", type_=Comment.user_id.type)


HELD = ("pending", "spam")


def has_status(status: str) -> ColumnElement[bool]:
    """Select comments with this status. A literal, so that planners can match the partial index."""
    return Comment.status == literal_column(f"'{status}'")


def held_comments() -> ColumnElement[bool]:
    """Select comments that wait for an editor or were rejected."""
    return Comment.status.in_([literal_column(f"'{status}'") for status in HELD])


def shown_comments() -> ColumnElement[bool]:
    """Select the comments of a thread that everyone sees who sees the post, placeholders included."""
    return Comment.shown == true()


def own_comments() -> ColumnElement[bool]:
    """Select the comments of the viewer."""
    return Comment.user_id == _VIEWER_ID


def visible_comments(audience: Audience) -> ColumnElement[bool]:
    """Select comments joined with their post that the audience may see: approved and own ones, or all for editors.

    Nobody sees deleted ones, of which only a placeholder in the thread is left.
    """
    visible = and_(visible_posts(audience), Comment.status != literal_column("'deleted'"))
    if audience is Audience.EDITORS:
        return visible
    approved = has_status("approved")
    return and_(visible, approved if audience is Audience.EVERYONE else or_(approved, own_comments()))


def manageable_comments(audience: Audience) -> ColumnElement[bool]:
    """Select the comments in the list of all comments: all visible ones for editors, for others their own."""
    visible = visible_comments(audience)
    return visible if audience is Audience.EDITORS else and_(visible, own_comments())


def require_edit(viewer: Viewer, author_id: int | None, created_at: datetime, now: datetime) -> None:
    """Raise Forbidden unless the viewer may edit the content of a comment: editors, and for 15 minutes its author."""
    if is_editor(viewer):
        return
    require(viewer.id == author_id, "Only its author and editors may change this comment.")
    minutes = EDITABLE // timedelta(minutes=1)
    require(
        now < created_at + EDITABLE,
        f"A comment can be edited for {minutes} minutes. You can still delete it.",
    )


def require_deletion(viewer: Viewer, author_id: int | None) -> None:
    """Raise Forbidden unless the viewer may delete a comment: editors and its author."""
    require(
        is_editor(viewer) or viewer.id == author_id, "Only its author and editors may delete this comment."
    )


def require_moderation(viewer: Viewer) -> None:
    """Raise Forbidden unless the viewer may decide which comments are shown."""
    require(is_editor(viewer), "Only editors may moderate comments.")


def initial_status(viewer: Viewer | None, moderation: str, *, is_author: bool, is_known: bool) -> str:
    """Return the status of a new comment: approved, or pending until an editor has read it.

    Guests always wait. Editors and the authors of the post never do, members as `moderation` says: `none`, `all`, or
    `first` until one of their comments is approved (`is_known`).
    """
    if viewer is None:
        return "pending"
    if is_editor(viewer) or is_author or moderation == "none":
        return "approved"
    return "approved" if moderation == "first" and is_known else "pending"
