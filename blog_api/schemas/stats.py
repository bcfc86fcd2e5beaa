"""Statistics, as they go out."""

from __future__ import annotations

from marshmallow import fields, validate

from blog_api.paging.pages import DEFAULT_LIMIT, MAX_LIMIT
from blog_api.schemas.base import Schema
from blog_api.schemas.fields import Integer, OutputString, QueryInteger
from blog_api.schemas.tags import TagRef
from blog_api.schemas.users import UserRef

MAX_MONTHS = 1200


class StatsQuery(Schema):
    """How much of the statistics to show."""

    min_posts = QueryInteger(
        1,
        load_default=1,
        metadata={"description": "Leave out authors and tags with fewer posts than this, drafts counted."},
    )
    limit = QueryInteger(
        1,
        MAX_LIMIT,
        load_default=DEFAULT_LIMIT,
        metadata={"description": "The most authors, and the most tags, to show."},
    )
    months = QueryInteger(
        1, MAX_MONTHS, load_default=12, metadata={"description": "The most months to show, latest first."}
    )


def _counted(description: str) -> Integer:
    return Integer(0, required=True, metadata={"description": description, "example": 3})


_PUBLISHED = "Published posts."
_ALL = "Posts of any status; none that is in the trash."


class StatusStats(Schema):
    """The number of posts of each status, as clients read it: scheduled is published with a time to come."""

    draft = _counted("Posts that are drafts.")
    scheduled = _counted("Posts whose time has not come.")
    published = _counted(_PUBLISHED)
    archived = _counted("Posts that are archived.")


class MonthStats(Schema):
    """A month, in UTC, that has published posts."""

    month = OutputString(7, "2026-01", metadata={"pattern": "^[0-9]{4}-[0-9]{2}$"})
    post_count = _counted(_PUBLISHED)


class AuthorStats(UserRef):
    """An author with their number of posts."""

    post_count = _counted(_PUBLISHED)
    total = _counted(_ALL)


class TagStats(TagRef):
    """A tag with its number of posts."""

    post_count = _counted(_PUBLISHED)
    total = _counted(_ALL)


class Stats(Schema):
    """How many posts there are: all together and by status, month, author and tag."""

    total = _counted(_ALL)
    statuses = fields.Nested(StatusStats(), required=True)
    months = fields.List(fields.Nested(MonthStats()), required=True, validate=validate.Length(max=MAX_MONTHS))
    authors = fields.List(
        fields.Nested(AuthorStats()), required=True, validate=validate.Length(max=MAX_LIMIT)
    )
    tags = fields.List(fields.Nested(TagStats()), required=True, validate=validate.Length(max=MAX_LIMIT))
