"""Queries for exporting posts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, or_, select

from blog_api.crud.exports.batches import read_all
from blog_api.crud.history.snapshots import SNAPSHOT
from blog_api.database.functions import json_list
from blog_api.database.session import execute_rows
from blog_api.models.addresses import PostSlug
from blog_api.models.posts import Post, PostAuthor
from blog_api.models.users import User
from blog_api.paging.pages import AnySelect

_AUTHORS = json_list(
    select(User.username)
    .join(PostAuthor, PostAuthor.user_id == User.id)
    .where(PostAuthor.post_id == Post.id)
    .order_by(PostAuthor.position)
    .correlate(Post)
)
# The slugs under which the post was public, including the present one.
_FORMER_SLUGS = json_list(
    select(PostSlug.slug, PostSlug.public_at)
    .where(PostSlug.post_id == Post.id, or_(PostSlug.slug != Post.slug, PostSlug.public_at.is_not(None)))
    .order_by(PostSlug.slug)
    .correlate(Post)
)
_MEMBERS = {name: column for name, column in SNAPSHOT.items() if name not in ("author_id", "co_authors")} | {
    "authors": _AUTHORS,
    "former_slugs": _FORMER_SLUGS,
}
_POSTS: AnySelect = select(
    *(column.label(name) for name, column in _MEMBERS.items()),
    *(Post.id, Post.created_at, Post.updated_at, Post.deleted_at, Post.slug_is_automatic),
)


def read_posts() -> Iterator[dict[str, Any]]:
    """Yield all posts with all members, also those in the trash."""
    return read_all(_POSTS, Post.id)


def count_posts() -> int:
    """Count all posts, also those in the trash."""
    return int(execute_rows(select(func.count(Post.id)), {}).scalar_one())
