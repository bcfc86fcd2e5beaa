"""What is confirmed by mail, as it comes in."""

from __future__ import annotations

from typing import Any

from blog_api.schemas.base import Schema
from blog_api.schemas.fields import Text
from blog_api.schemas.users import EmailAddress, Password


class MailToken(Text):
    """The token of a letter. What is none of ours is refused like one that was used."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(1, 100, required=True, **kwargs)
        self.metadata = {
            **self.metadata,
            "description": "As the letter had it.",
            "example": "m3VbPq1sW8yKc0RzXe7tLhJ5nGdU2oFaI9QvBxY4kTw",
        }


class PasswordResetRequest(Schema):
    """Who has lost the password."""

    email = EmailAddress(required=True, metadata={"example": "ada@example.com"})


class PasswordReset(Schema):
    """The password that is to be."""

    token = MailToken()
    new_password = Password(required=True, metadata={"example": "staple of my diet"})


class EmailConfirmation(Schema):
    """Whoever has this reads what is sent to the address."""

    token = MailToken()
