"""Logins and tokens, as they come in and go out."""

from __future__ import annotations

from marshmallow import fields

from blog_api.schemas.base import Schema
from blog_api.schemas.fields import Integer, OutputString, Text, Timestamp
from blog_api.schemas.users import Password

# Ours have some 400 characters.
MAX_TOKEN = 4000


class Login(Schema):
    """Who wants in."""

    username = Text(
        1, 254, required=True, metadata={"description": "Or the email address.", "example": "ada"}
    )
    password = Password(min_length=1, required=True, metadata={"example": "correct horse battery"})


class PasswordChange(Schema):
    """The password that is, and the one that is to be."""

    current_password = Password(min_length=1, required=True, metadata={"example": "correct horse battery"})
    new_password = Password(required=True, metadata={"example": "staple of my diet"})


class Tokens(Schema):
    """A pair of tokens. Send the access token with each request; spend the refresh token once, for the next pair."""

    access_token = OutputString(MAX_TOKEN, "eyJhbGciOi...")
    refresh_token = OutputString(MAX_TOKEN, "eyJhbGciOi...")
    token_type = fields.String(required=True, metadata={"enum": ["Bearer"], "example": "Bearer"})
    expires_in = Integer(1, 86_400, required=True, metadata={"description": "Seconds.", "example": 900})


class LoginSession(Schema):
    """One place where the account is logged in."""

    id = Integer(required=True, metadata={"example": 7})
    user_agent = OutputString(200, "curl/8.5.0")
    address = OutputString(45, "192.0.2.1")
    created_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})
    last_used_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})
    expires_at = Timestamp(required=True, metadata={"example": "2026-03-02T12:00:00Z"})
    current = fields.Boolean(required=True, metadata={"description": "The one that asks.", "example": True})


class LoginSessions(Schema):
    """Where the account is logged in."""

    data = fields.List(fields.Nested(LoginSession()), required=True)
