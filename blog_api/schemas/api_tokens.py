"""API token schemas."""

from __future__ import annotations

from marshmallow import fields, validate

from blog_api.schemas.base import Message, Schema
from blog_api.schemas.fields import Choice, Integer, List, OutputString, Text, Timestamp

SCOPES = ("read", "write")
_ONE_OR_BOTH = validate.Length(
    1, len(SCOPES), error=Message("List one or both scopes: read, write.", "length")
)


class NewApiToken(Schema):
    """The request to create a token."""

    name = Text(
        1, 100, required=True, metadata={"description": "What the token is for.", "example": "Site generator"}
    )
    scopes = List(
        Choice(SCOPES, metadata={"example": "read"}),
        _ONE_OR_BOTH,
        required=True,
        metadata={"description": "`write` includes `read`.", "example": ["read"]},
    )
    expires_at = Timestamp(
        metadata={
            "description": "Must be in the future. Defaults to 90 days from now.",
            "example": "2099-01-31T12:00:00Z",
        }
    )


class ApiToken(Schema):
    """A token. `token` is only in the response to the request that created it."""

    id = Integer(required=True, metadata={"example": 3})
    name = OutputString(100, "Site generator")
    scopes = fields.List(
        fields.String(metadata={"enum": list(SCOPES), "example": "read"}),
        required=True,
        validate=_ONE_OR_BOTH,
    )
    created_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})
    expires_at = Timestamp(required=True, metadata={"example": "2026-05-01T12:00:00Z"})
    token = OutputString(60, "blog_api_m3VbPq1sW8yKc0RzXe7tLhJ5nGdU2oFaI9QvBxY4kTw", required=False)


class ApiTokens(Schema):
    """The API tokens of an account."""

    data = fields.List(fields.Nested(ApiToken()), required=True)
