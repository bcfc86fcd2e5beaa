"""The state of the content as a whole."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from blog_api.database.session import execute_rows
from blog_api.models.content import ContentVersion
from blog_api.models.posts import Post
from blog_api.policies.posts import due_posts, parameters_of

_VERSION = select(ContentVersion.version)
# Nothing else that is public changes by the passing of time alone.
_NEXT_DUE = select(func.min(Post.published_at)).where(due_posts())


class Stamp(NamedTuple):
    """What stays the same as long as the public content does, and never comes back."""

    version: int
    # When a scheduled post is due; None where there is none.
    until: datetime | None


def read_stamp(last: Stamp | None) -> Stamp | None:
    """The stamp of the content, to be read before what it is to be a stamp of; None before the first change.

    `last` is one that was read before: while it holds, all that is asked is whether it does.
    """
    version = execute_rows(_VERSION, {}).scalar_one_or_none()
    if version is None:
        return None
    parameters = parameters_of(None)
    if last and last.version == version and (last.until is None or parameters["now"] < last.until):
        return last
    until = execute_rows(_NEXT_DUE, parameters).scalar_one()
    return Stamp(version, until)
