"""Read comments for responses: the thread of a post, lists for moderators, and single comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, select

from blog_api.crud.activity import show_activity
from blog_api.crud.posts.members import MISSING
from blog_api.crud.rows import read_one
from blog_api.database.columns import BigInt
from blog_api.database.session import execute_rows
from blog_api.models.activity import PostActivity
from blog_api.models.comments import Comment
from blog_api.models.posts import Post
from blog_api.models.users import User
from blog_api.paging.pages import AnySelect, Listing, Page, PageRequest, read_page
from blog_api.policies.comments import (
    HELD,
    has_status,
    held_comments,
    manageable_comments,
    shown_comments,
    visible_comments,
)
from blog_api.policies.posts import parameters_of, visible_posts
from blog_api.policies.viewers import Audience, Viewer, audience_of
from blog_api.problems import NotFound

MISSING_COMMENT = "The comment does not exist, or you may not see it."
DELETED_USER = "Deleted user"

_PLACE = ("id", "post_id", "parent_id", "depth")
_MEMBERS = ("content", "html", "status", "created_at", "updated_at")
# The columns that `comment_to_dict` needs besides the names of the author.
COLUMNS = (*_PLACE, *_MEMBERS, "user_id", "guest_name")
_ROWS = select(*(getattr(Comment, name) for name in COLUMNS), User.username, User.display_name).outerjoin(
    Comment.user
)
_VERSION = func.coalesce(PostActivity.version, 0).label("activity")
_THREAD = Listing(
    _ROWS,
    Comment.created_at,
    Comment.id,
    (Comment.post_id == bindparam("post_id", type_=BigInt), shown_comments()),
)


def list_thread(post_id: int, page: PageRequest, viewer: Viewer | None) -> Page:
    """Read a page of the comments on a post. Two queries, and one more for the total.

    Raises NotFound unless the viewer may see the post.
    """
    # The version is read before the comments: a cached page can be newer than its version, but never older.
    found = execute_rows(_post(audience_of(viewer)), parameters_of(viewer) | {"post_id": post_id})
    version = found.scalar_one_or_none()
    if version is None:
        raise NotFound(MISSING)
    show_activity(post_id, version)
    comments = read_page(_THREAD, page, {"post_id": post_id})
    data = [comment_to_dict(row, in_thread=True) for row in comments.data]
    return replace(comments, data=data, subjects=lambda: {f"post-{post_id}"})


@lru_cache
def _post(audience: Audience) -> AnySelect:
    versions = select(_VERSION).select_from(Post).outerjoin(Post.activity)
    return versions.where(Post.id == bindparam("post_id"), visible_posts(audience))


def list_comments(filters: Mapping[str, Any], page: PageRequest, viewer: Viewer) -> Page:
    """Read a page of the comments that match all filters: all for editors, for others their own."""
    values = {name: value for name, value in filters.items() if name != "status"}
    listing = _listing(audience_of(viewer), filters.get("status"), frozenset(values))
    comments = read_page(listing, page, parameters_of(viewer) | values)
    return replace(comments, data=[comment_to_dict(row) for row in comments.data])


@lru_cache
def _listing(audience: Audience, status: str | None, filters: frozenset[str]) -> Listing:
    columns = {"post_id": Comment.post_id, "author_id": Comment.user_id}
    conditions = [columns[name] == bindparam(name, type_=BigInt) for name in sorted(filters)]
    if status:
        conditions.append(has_status(status))
    if status in HELD:
        # Redundant, but SQLite needs it to match the partial index.
        conditions.append(held_comments())
    rows = _ROWS.join(Comment.post)
    return Listing(rows, Comment.id, Comment.id, (*conditions, manageable_comments(audience)))


def read_comment(comment_id: int, viewer: Viewer | None) -> dict[str, Any]:
    """Read one comment and its version. Raises NotFound if it is missing or not visible to the viewer."""
    parameters = parameters_of(viewer) | {"comment_id": comment_id}
    row = read_one(_single_comment(audience_of(viewer)), parameters, MISSING_COMMENT)
    show_activity(row["post_id"], row.pop("activity"))
    version = row.pop("version")
    return comment_to_dict(row) | {"version": version}


@lru_cache
def _single_comment(audience: Audience) -> AnySelect:
    rows = _ROWS.add_columns(Comment.version, _VERSION).join(Comment.post)
    rows = rows.outerjoin(Post.activity)
    return rows.where(Comment.id == bindparam("comment_id"), visible_comments(audience))


def may_see_stored(viewer: Viewer, response: Mapping[str, Any]) -> bool:
    """Return whether the viewer may still see the comment in a stored response."""
    if "id" not in response:
        return True
    parameters = parameters_of(viewer) | {"comment_id": response["id"]}
    found = select(Comment.id).join(Comment.post)
    found = found.where(Comment.id == bindparam("comment_id"), visible_comments(audience_of(viewer)))
    return execute_rows(found, parameters).one_or_none() is not None


def comment_to_dict(row: Mapping[str, Any], *, in_thread: bool = False) -> dict[str, Any]:
    """Return the members of a comment. In a thread, one that is not approved is a placeholder."""
    if in_thread and row["status"] != "approved":
        row = {**row, "content": "", "html": "", "status": "deleted", "user_id": None, "guest_name": ""}
    author: dict[str, Any] = {"id": None, "username": None, "display_name": DELETED_USER}
    if row["user_id"] is not None:
        author = {"id": row["user_id"], "username": row["username"], "display_name": row["display_name"]}
    elif row["guest_name"] is not None:
        author["display_name"] = row["guest_name"]
    before, after = ({name: row[name] for name in names} for names in (_PLACE, _MEMBERS))
    return {**before, "author": author, **after}
