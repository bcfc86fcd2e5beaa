"""Read the state of the public content."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from blog_api.database.session import execute_rows
from blog_api.models.content import ContentVersion
from blog_api.models.posts import Post
from blog_api.policies.posts import parameters_of, scheduled_posts

_VERSION = select(ContentVersion.version)
# Only scheduled posts change the public content without a write.
_NEXT_DUE = select(func.min(Post.published_at)).where(scheduled_posts())


class Stamp(NamedTuple):
    """Identifies a state of the public content. Every change produces a stamp that was never used before."""

    version: int
    # The publication time of the next scheduled post, or None.
    until: datetime | None


def read_stamp(last: Stamp | None) -> Stamp | None:
    """Read the current stamp, or None if the content has never changed. Call it before reading the content.

    `last` is the previous stamp. While it is current, one statement is enough.
    """
    version = execute_rows(_VERSION, {}).scalar_one_or_none()
    if version is None:
        return None
    parameters = parameters_of(None)
    if last and last.version == version and (last.until is None or parameters["now"] < last.until):
        return last
    until = execute_rows(_NEXT_DUE, parameters).scalar_one()
    return Stamp(version, until)
