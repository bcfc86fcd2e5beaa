"""Schemas of the feed of changes."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from blog_api.paging.cursors import Cursor, CursorError
from blog_api.paging.pages import DEFAULT_LIMIT, MAX_LIMIT
from blog_api.schemas.base import Message, Schema
from blog_api.schemas.fields import Integer, OutputString, QueryInteger, Text, Timestamp

MAX_CURSOR = 200
# What a cursor of this feed belongs to.
SCOPE = "changes"
TYPES = (
    "post.published", "post.updated", "post.unpublished", "post.deleted",
    "tag.created", "tag.updated", "tag.deleted", "tag.merged", "user.updated", "user.deleted",
    "comment.published", "comment.updated", "comment.deleted", "comment.pending",
)  # fmt: skip


def kind_of(type_: str) -> str:
    """Return the kind of object that changes of this type concern, such as `post`."""
    return type_.partition(".")[0]


class ChangeQuery(Schema):
    """The query parameters of the feed. Load the position of the cursor as `after`."""

    cursor = Text(
        1,
        MAX_CURSOR,
        metadata={"description": "The `next_cursor` of the last response, or the `cursor` of an entry."},
    )
    since = Timestamp(
        metadata={
            "description": "Begin with the first change at or after this time. Not together with `cursor`."
        }
    )
    limit = QueryInteger(
        1, MAX_LIMIT, load_default=DEFAULT_LIMIT, metadata={"description": "Maximum number of changes."}
    )

    @validates_schema
    def _check_together(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "cursor" in data and "since" in data:
            raise ValidationError(Message("This cannot be combined with cursor.", "not_together"), "since")

    @post_load
    def _decode(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        cursor = data.pop("cursor", None)
        try:
            after = Cursor.decode(cursor, SCOPE, int).id if cursor else None
        except CursorError as error:
            raise ValidationError(Message(str(error), "bad_cursor"), "cursor") from error
        return {"after": after, "since": data.get("since"), "limit": data["limit"]}


class Change(Schema):
    """A change of a post, a tag, a user or a comment."""

    cursor = OutputString(MAX_CURSOR, "WyJjaGFuZ2VzIiwibiIsMSwxXQ")
    type = fields.String(required=True, metadata={"enum": list(TYPES), "example": "post.published"})
    id = Integer(
        required=True, metadata={"description": "The id of the post, tag, user or comment.", "example": 1}
    )
    at = Timestamp(
        required=True,
        metadata={
            "description": "When the change became visible in this feed. Never decreases.",
            "example": "2026-01-31T12:00:00Z",
        },
    )
    into = Integer(metadata={"description": "Of a merged tag: the id of the tag that remains."})
    post_id = Integer(metadata={"description": "Of a comment: the id of its post."})


class FeedPosition(Schema):
    """The position after the last entry of a response."""

    next_cursor = OutputString(
        MAX_CURSOR, "WyJjaGFuZ2VzIiwibiIsMSwxXQ", metadata={"description": "Never null: the feed has no end."}
    )


class ChangeFeed(Schema):
    """Changes in the order in which they became visible."""

    data = fields.List(fields.Nested(Change()), required=True, validate=validate.Length(max=MAX_LIMIT))
    pagination = fields.Nested(FeedPosition(), required=True)
