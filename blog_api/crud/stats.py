"""Post statistics.

The database groups, sorts and limits, so a large blog returns no more rows than a small one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Subquery, bindparam, func, select

from blog_api.database.functions import MonthOf
from blog_api.database.session import execute_rows
from blog_api.models.posts import Post, PostAuthor, post_tags
from blog_api.models.tags import Tag
from blog_api.models.users import User
from blog_api.paging.pages import AnyColumn, AnySelect
from blog_api.policies.posts import (
    listed_posts,
    live_authored_posts,
    live_posts,
    live_tagged_posts,
    parameters_of,
    shown_status,
)
from blog_api.policies.viewers import Audience, Viewer, audience_of

_NO_POSTS = {"draft": 0, "pending": 0, "scheduled": 0, "published": 0, "archived": 0}


def read_stats(viewer: Viewer, *, min_posts: int, limit: int, months: int) -> dict[str, Any]:
    """Count posts: all of them for editors, otherwise the viewer's own. Four queries.

    Authors and tags are the top `limit` that have at least `min_posts` posts. Months are the latest `months` with
    published posts.
    """
    audience = audience_of(viewer)
    parameters = parameters_of(viewer) | {"min_posts": min_posts, "limit": limit, "months": months}

    def read(statement: AnySelect) -> list[dict[str, Any]]:
        return [row._asdict() for row in execute_rows(statement, parameters)]

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
    shown = select(shown_status().label("status")).where(listed_posts(audience, ["all"])).subquery("shown")
    return select(shown.c.status, func.count().label("total")).group_by(shown.c.status)


@lru_cache
def _by_month(audience: Audience) -> AnySelect:
    month = MonthOf(Post.published_at).label("month")
    counted = select(month, func.count().label("post_count")).where(
        listed_posts(audience, ["all"]), live_posts()
    )
    return counted.group_by(month).order_by(month.desc()).limit(bindparam("months"))


@lru_cache
def _by_author(audience: Audience) -> AnySelect:
    counted = _counted(PostAuthor.user_id, PostAuthor.post_id, live_authored_posts(), audience)
    named = select(counted, User.username, User.display_name).join(User, User.id == counted.c.id)
    return named.order_by(counted.c.total.desc(), counted.c.id)


@lru_cache
def _by_tag(audience: Audience) -> AnySelect:
    counted = _counted(post_tags.c.tag_id, post_tags.c.post_id, live_tagged_posts(), audience)
    named = select(counted, Tag.name, Tag.slug).join(Tag, Tag.id == counted.c.id)
    return named.order_by(counted.c.total.desc(), counted.c.id)


def _counted(key: AnyColumn, post_id: AnyColumn, live: ColumnElement[bool], audience: Audience) -> Subquery:
    """Count posts by the `key` of an association table, and apply the limit before joining the names."""
    # A subquery, because with a join SQLite would look up each post once per link.
    counted = select(Post.id).where(listed_posts(audience, ["all"]))
    total, live_total = func.count().label("total"), func.count().filter(live).label("post_count")
    grouped = select(key.label("id"), total, live_total).where(post_id.in_(counted)).group_by(key)
    enough = grouped.having(func.count() >= bindparam("min_posts"))
    return enough.order_by(total.desc(), key).limit(bindparam("limit")).subquery("most")
