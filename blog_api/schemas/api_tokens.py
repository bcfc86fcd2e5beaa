"""API tokens, as they come in and go out."""

from __future__ import annotations

from marshmallow import fields, validate

from blog_api.schemas.base import Message, Schema
from blog_api.schemas.fields import Choice, Integer, List, OutputString, Text, Timestamp

SCOPES = ("read", "write")
_ONE_OR_BOTH = validate.Length(1, len(SCOPES), error=Message("One or both of: read, write.", "length"))


class NewApiToken(Schema):
    """What a token is made of. Write includes read."""

    name = Text(
        1, 100, required=True, metadata={"description": "What it is for.", "example": "Site generator"}
    )
    scopes = List(
        Choice(SCOPES, metadata={"example": "read"}),
        _ONE_OR_BOTH,
        required=True,
        metadata={"example": ["read"]},
    )
    expires_at = Timestamp(
        metadata={
            "description": "In the future; after 90 days unless given.",
            "example": "2099-01-31T12:00:00Z",
        }
    )


class ApiToken(Schema):
    """A token for scripts. `token` is there once only: in the reply to the request that made it."""

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
    """The tokens of the account."""

    data = fields.List(fields.Nested(ApiToken()), required=True)
