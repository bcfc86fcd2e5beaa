"""Session and login schemas."""

from __future__ import annotations

from marshmallow import fields

from blog_api.schemas.base import Schema
from blog_api.schemas.fields import Integer, OutputString, Text, Timestamp
from blog_api.schemas.users import Password

# Tokens of this service have about 400 characters.
MAX_TOKEN = 4000


class Login(Schema):
    """Login credentials."""

    username = Text(
        1, 254, required=True, metadata={"description": "Username or email address.", "example": "mary"}
    )
    password = Password(min_length=1, required=True, metadata={"example": "correct horse battery"})


class PasswordChange(Schema):
    """The current and the new password."""

    current_password = Password(min_length=1, required=True, metadata={"example": "correct horse battery"})
    new_password = Password(required=True, metadata={"example": "staple of my diet"})


class Tokens(Schema):
    """An access token and a refresh token."""

    access_token = OutputString(
        MAX_TOKEN, "eyJhbGciOi...", metadata={"description": "Send it with each request."}
    )
    refresh_token = OutputString(
        MAX_TOKEN, "eyJhbGciOi...", metadata={"description": "Exchange it once for the next pair of tokens."}
    )
    token_type = fields.String(required=True, metadata={"enum": ["Bearer"], "example": "Bearer"})
    expires_in = Integer(
        1,
        86_400,
        required=True,
        metadata={"description": "Lifetime of the access token in seconds.", "example": 900},
    )


class LoginSession(Schema):
    """A login session."""

    id = Integer(required=True, metadata={"example": 7})
    user_agent = OutputString(200, "curl/8.5.0")
    address = OutputString(45, "192.0.2.1")
    created_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})
    last_used_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})
    expires_at = Timestamp(required=True, metadata={"example": "2026-03-02T12:00:00Z"})
    current = fields.Boolean(
        required=True,
        metadata={"description": "Whether this request belongs to the session.", "example": True},
    )


class LoginSessions(Schema):
    """The sessions of an account."""

    data = fields.List(fields.Nested(LoginSession()), required=True)
