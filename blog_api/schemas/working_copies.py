"""Schemas of working copies."""

from __future__ import annotations

from marshmallow import fields

from blog_api.schemas.fields import Integer, Timestamp
from blog_api.schemas.revisions import WRITABLE, Snapshot
from blog_api.schemas.users import UserRef


class WorkingCopy(Snapshot):
    """The working copy of a post: its writable members as they are to be published."""

    has_etag = True

    base_version = Integer(
        required=True, metadata={"description": "The version of the post that it began from.", "example": 3}
    )
    updated_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})
    author = fields.Nested(
        UserRef(),
        required=True,
        allow_none=True,
        metadata={"description": "Who saved it last. Null if the account was deleted."},
    )

    class Meta:
        fields = (*WRITABLE, "base_version", "updated_at", "author")
