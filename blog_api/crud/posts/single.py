"""Read single posts for responses."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from blog_api.crud.activity import counted, show_activity
from blog_api.crud.posts.members import ALL_MEMBERS, MISSING, columns_of, complete
from blog_api.crud.posts.slugs import follow_former_slug
from blog_api.crud.rows import read_one
from blog_api.models.activity import PostActivity
from blog_api.models.posts import Post
from blog_api.paging.pages import AnySelect
from blog_api.policies.posts import parameters_of, visible_posts
from blog_api.policies.viewers import Audience, Viewer, audience_of
from blog_api.problems import NotFound
from blog_api.schemas.post_fields import ACTIVITY_FIELDS


def read_post(
    viewer: Viewer | None,
    fields: Iterable[str] | None = None,
    *,
    post_id: int | None = None,
    slug: str | None = None,
) -> dict[str, Any]:
    """Read one post by id or slug, with these members or the usual ones, and its version.

    Raises NotFound if it is missing or not visible to the viewer.
    """
    members = frozenset(fields or ALL_MEMBERS)
    column, value = (Post.id, post_id) if slug is None else (Post.slug, slug)
    statement = _single_post(audience_of(viewer), column, members)
    post = read_one(statement, parameters_of(viewer) | {"value": value}, MISSING)
    activity = post.pop("activity_post_id", None), post.pop("activity_version", 0)
    if activity[0] is not None:
        show_activity(*activity)
    return complete(post, members, viewer)


def read_post_by_slug(
    slug: str, viewer: Viewer | None, fields: Iterable[str] | None = None
) -> dict[str, Any]:
    """Read one post by its slug, like `read_post`. Raises Renamed for a former slug."""
    try:
        return read_post(viewer, fields, slug=slug)
    except NotFound:
        follow_former_slug(slug, viewer)
        raise


@lru_cache(maxsize=512)
def _single_post(
    audience: Audience, column: InstrumentedAttribute[Any], members: frozenset[str]
) -> AnySelect:
    shown = select(*columns_of(members), Post.version)
    if not members.isdisjoint(ACTIVITY_FIELDS):
        shown = shown.add_columns(
            Post.id.label("activity_post_id"), counted(PostActivity.version).label("activity_version")
        )
    return shown.where(column == bindparam("value"), visible_posts(audience))
