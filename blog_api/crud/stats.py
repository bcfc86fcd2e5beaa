"""Counts of posts. The database groups, sorts and cuts, so that a large blog costs no more rows than a small one."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, bindparam, func, select

from blog_api.database.functions import MonthOf
from blog_api.database.session import fetch
from blog_api.models import Post, PostAuthor, Tag, User, post_tags
from blog_api.paging.pages import AnySelect
from blog_api.policies.posts import (
    listed_posts,
    live_authored_posts,
    live_posts,
    live_tagged_posts,
    parameters_of,
    shown_status,
)
from blog_api.policies.viewers import Audience, Viewer, audience_of

posts, users, tags = Post.__table__, User.__table__, Tag.__table__
post_authors = PostAuthor.__table__

_NO_POSTS = {"draft": 0, "scheduled": 0, "published": 0, "archived": 0}


def read_stats(viewer: Viewer, *, min_posts: int, limit: int, months: int) -> dict[str, Any]:
    """How many posts there are, of all for editors, for others of their own. Four queries.

    Authors and tags with fewer than `min_posts` are left out, and all but `limit` of them, those with most posts
    first; months are the latest `months` that have published posts.
    """
    audience = audience_of(viewer)
    parameters = parameters_of(viewer) | {"min_posts": min_posts, "limit": limit, "months": months}

    def read(statement: AnySelect) -> list[dict[str, Any]]:
        return [row._asdict() for row in fetch(statement, parameters)]

    statuses = {row["status"]: row["total"] for row in read(_by_status(audience))}
    return {
        "total": sum(statuses.values()),
        "statuses": _NO_POSTS | statuses,
        "months": read(_by_month(audience)),
        "authors": read(_by_author(audience)),
        "tags": read(_by_tag(audience)),
    }


@lru_cache
def _by_status(audience: Audience) -> AnySelect:
    shown = select(shown_status().label("status")).where(listed_posts(audience, "all")).subquery("shown")
    return select(shown.c.status, func.count().label("total")).group_by(shown.c.status)


@lru_cache
def _by_month(audience: Audience) -> AnySelect:
    month = MonthOf(posts.c.published_at).label("month")
    counted = select(month, func.count().label("post_count")).where(
        listed_posts(audience, "all"), live_posts()
    )
    return counted.group_by(month).order_by(month.desc()).limit(bindparam("months"))


@lru_cache
def _by_author(audience: Audience) -> AnySelect:
    counted = _counted(post_authors, post_authors.c.user_id, live_authored_posts(), audience)
    return _described(counted, users, "username", "display_name")


@lru_cache
def _by_tag(audience: Audience) -> AnySelect:
    counted = _counted(post_tags, post_tags.c.tag_id, live_tagged_posts(), audience)
    return _described(counted, tags, "name", "slug")


def _counted(
    links: FromClause, key: ColumnElement[int], live: ColumnElement[bool], audience: Audience
) -> FromClause:
    """Those with most posts, by the rows of `links` that have their `key`: cut before anything is joined to them."""
    # Not joined: SQLite would look up each post as often as it has links.
    counted = select(posts.c.id).where(listed_posts(audience, "all"))
    total, live_total = func.count().label("total"), func.count().filter(live).label("post_count")
    grouped = select(key.label("id"), total, live_total).where(links.c.post_id.in_(counted)).group_by(key)
    enough = grouped.having(func.count() >= bindparam("min_posts"))
    return enough.order_by(total.desc(), key).limit(bindparam("limit")).subquery("most")


def _described(most: FromClause, table: FromClause, *names: str) -> AnySelect:
    joined = select(most, *(table.c[name] for name in names)).join(table, table.c.id == most.c.id)
    return joined.order_by(most.c.total.desc(), most.c.id)
