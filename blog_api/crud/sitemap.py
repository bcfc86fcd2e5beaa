"""Queries for the sitemap: the addresses of the public posts, tags and authors on the site."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from sqlalchemy import Integer, ScalarSelect, bindparam, false, func, select
from sqlalchemy.orm import InstrumentedAttribute

from blog_api.context import exchange
from blog_api.crud.posts.members import url_of
from blog_api.database.session import execute_rows
from blog_api.models.posts import Post, PostAuthor, post_tags
from blog_api.models.tags import Tag
from blog_api.models.users import User
from blog_api.paging.pages import AnyRow, AnySelect
from blog_api.policies.accounts import visible_accounts
from blog_api.policies.changes import shown_updated_at
from blog_api.policies.posts import live_authored_posts, live_posts, live_tagged_posts, parameters_of
from blog_api.policies.tags import visible_tags
from blog_api.policies.viewers import Audience
from blog_api.text.feeds.sitemap import Location
from blog_api.text.permalinks import Permalinks

Part = Literal["posts", "tags", "authors"]


class Batch(NamedTuple):
    """Some of the locations, in the order of their ids, and the last id that was read, or None at the end."""

    locations: list[Location]
    last_id: int | None


def read_batch(part: Part, after_id: int, up_to_id: int, limit: int) -> Batch:
    """Read up to `limit` rows with ids in this range. Leaves out posts that were published elsewhere first."""
    parameters = {"after_id": after_id, "up_to_id": up_to_id, "rows": limit}
    rows = execute_rows(_statement(part), parameters_of(None) | parameters).all()
    locations = [location for row in rows if (location := _location(part, row))]
    return Batch(locations, rows[-1].id if len(rows) == limit else None)


def _location(part: Part, row: AnyRow) -> Location | None:
    permalinks: Permalinks = exchange.permalinks
    if part == "posts":
        url = url_of(row.id, row.slug, row.published_at)
        if row.canonical_url not in (None, url):
            return None
    else:
        url = (permalinks.tag_url if part == "tags" else permalinks.user_url)(row.id, row.slug)
    return Location(row.id, url, row.changed_at) if url else None


@lru_cache
def _statement(part: Part) -> AnySelect:
    rows, id_ = _rows(part)
    first, last = (bindparam(name, type_=id_.type) for name in ("after_id", "up_to_id"))
    return rows.where(id_ > first, id_ <= last).order_by(id_).limit(bindparam("rows", type_=Integer))


def _rows(part: Part) -> tuple[AnySelect, InstrumentedAttribute[int]]:
    """Select what a part lists, with the time of the last change: of tags and authors, that of their newest post."""
    if part == "posts":
        changed_at = shown_updated_at().label("changed_at")
        posts = select(Post.id, Post.slug, Post.published_at, Post.canonical_url, changed_at)
        return posts.where(live_posts(), Post.noindex == false()), Post.id
    if part == "tags":
        on_tag = select(func.max(post_tags.c.published_at)).where(post_tags.c.tag_id == Tag.id)
        newest = on_tag.where(live_tagged_posts()).correlate(Tag).scalar_subquery()
        tags = select(Tag.id, Tag.slug, newest.label("changed_at"))
        return tags.where(visible_tags(Audience.EVERYONE)), Tag.id
    written = select(func.max(PostAuthor.published_at)).where(PostAuthor.user_id == User.id)
    latest = written.where(live_authored_posts()).correlate(User).scalar_subquery()
    authors = select(User.id, User.username.label("slug"), latest.label("changed_at"))
    return authors.where(visible_accounts(is_public=True)), User.id


def count_rows(parts: Iterable[Part], at_most: int) -> int:
    """Count what these parts can list, but at most this many rows of each."""
    counts = [_count(part) for part in parts]
    row = execute_rows(select(*counts), parameters_of(None) | {"at_most": at_most}).one()
    return sum(row)


@lru_cache
def _count(part: Part) -> ScalarSelect[int]:
    # The index on publication times lacks the other conditions, but without them the rows are not read.
    rows = {
        "posts": select(Post.id).where(live_posts()).order_by(Post.published_at.desc()),
        "tags": select(Tag.id).where(visible_tags(Audience.EVERYONE)),
        "authors": select(User.id).where(visible_accounts(is_public=True)),
    }[part]
    counted = rows.limit(bindparam("at_most", type_=Integer)).subquery()
    return select(func.count()).select_from(counted).scalar_subquery()
