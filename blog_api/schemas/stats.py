"""Statistics schemas."""

from __future__ import annotations

from marshmallow import fields, validate

from blog_api.paging.pages import DEFAULT_LIMIT, MAX_LIMIT
from blog_api.schemas.base import Schema
from blog_api.schemas.fields import Integer, OutputString, QueryInteger
from blog_api.schemas.tags import TagRef
from blog_api.schemas.users import UserRef

MAX_MONTHS = 1200


class StatsQuery(Schema):
    """The query parameters of the statistics."""

    min_posts = QueryInteger(
        1,
        load_default=1,
        metadata={"description": "Omit authors and tags with fewer posts than this, drafts included."},
    )
    limit = QueryInteger(
        1,
        MAX_LIMIT,
        load_default=DEFAULT_LIMIT,
        metadata={"description": "Maximum number of authors, and of tags."},
    )
    months = QueryInteger(
        1, MAX_MONTHS, load_default=12, metadata={"description": "Maximum number of months, latest first."}
    )


def _counted(description: str) -> Integer:
    return Integer(0, required=True, metadata={"description": description, "example": 3})


_PUBLISHED = "Number of published posts."
_ALL = "Number of posts with any status, excluding the trash."


class StatusStats(Schema):
    """The number of posts by status. A published post with a future publication time counts as scheduled."""

    draft = _counted("Number of drafts.")
    pending = _counted("Number of posts that wait for review.")
    scheduled = _counted("Number of scheduled posts.")
    published = _counted(_PUBLISHED)
    archived = _counted("Number of archived posts.")


class MonthStats(Schema):
    """A month (in UTC) with published posts."""

    month = OutputString(7, "2026-01", metadata={"pattern": "^[0-9]{4}-[0-9]{2}$"})
    post_count = _counted(_PUBLISHED)


class AuthorStats(UserRef):
    """An author and their number of posts."""

    post_count = _counted(_PUBLISHED)
    total = _counted(_ALL)


class TagStats(TagRef):
    """A tag and its number of posts."""

    post_count = _counted(_PUBLISHED)
    total = _counted(_ALL)


class Stats(Schema):
    """The number of posts in total and by status, month, author and tag."""

    total = _counted(_ALL)
    statuses = fields.Nested(StatusStats(), required=True)
    months = fields.List(fields.Nested(MonthStats()), required=True, validate=validate.Length(max=MAX_MONTHS))
    authors = fields.List(
        fields.Nested(AuthorStats()), required=True, validate=validate.Length(max=MAX_LIMIT)
    )
    tags = fields.List(fields.Nested(TagStats()), required=True, validate=validate.Length(max=MAX_LIMIT))
