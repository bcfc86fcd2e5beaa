"""Read the state of the public content."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, select

from blog_api.crud.activity import Activity
from blog_api.database.session import execute_rows
from blog_api.models.activity import PostActivity
from blog_api.models.content import ContentVersion
from blog_api.models.posts import Post
from blog_api.policies.posts import parameters_of, scheduled_posts

_VERSION = select(ContentVersion.version)
_ACTIVITY = select(PostActivity.version).where(PostActivity.post_id == bindparam("post_id"))
_VERSIONS = _VERSION.add_columns(func.coalesce(_ACTIVITY.scalar_subquery(), 0).label("activity"))
# Only scheduled posts change the public content without a write.
_NEXT_DUE = select(func.min(Post.published_at)).where(scheduled_posts())


class Stamp(NamedTuple):
    """Identifies a state of the public content. Every change produces a stamp that was never used before."""

    version: int
    # The publication time of the next scheduled post, or None.
    until: datetime | None


def read_stamp(last: Stamp | None, shown: Activity | None = None) -> tuple[Stamp | None, Activity | None]:
    """Read the current stamp, or None if the content has never changed. Call it before reading the content.

    `last` is the previous stamp. While it is current, one statement is enough. It also reads the present version of the
    activity that a cached response shows.
    """
    statement, values = (_VERSION, {}) if shown is None else (_VERSIONS, {"post_id": shown.post_id})
    row = execute_rows(statement, values).one_or_none()
    if row is None:
        return None, None
    activity = shown and Activity(shown.post_id, row.activity)
    return _stamp(row.version, last), activity


def _stamp(version: int, last: Stamp | None) -> Stamp:
    parameters = parameters_of(None)
    if last and last.version == version and (last.until is None or parameters["now"] < last.until):
        return last
    return Stamp(version, execute_rows(_NEXT_DUE, parameters).scalar_one())
