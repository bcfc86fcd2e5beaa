"""Schemas for confirmations by email."""

from __future__ import annotations

from typing import Any

from blog_api.schemas.base import Schema
from blog_api.schemas.fields import Text
from blog_api.schemas.users import EmailAddress, Password


class MailToken(Text):
    """A token sent by email. A forged token gets the same error as a used one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(1, 100, required=True, **kwargs)
        self.metadata = {
            **self.metadata,
            "description": "The token from the email.",
            "example": "m3VbPq1sW8yKc0RzXe7tLhJ5nGdU2oFaI9QvBxY4kTw",
        }


class PasswordResetRequest(Schema):
    """The request to send a reset token."""

    email = EmailAddress(required=True, metadata={"example": "ada@example.com"})


class PasswordReset(Schema):
    """A reset token and the new password."""

    token = MailToken()
    new_password = Password(required=True, metadata={"example": "staple of my diet"})


class EmailConfirmation(Schema):
    """A token that proves access to the address."""

    token = MailToken()
