"""User and account schemas."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from blog_api.paging.cursors import Key
from blog_api.policies.viewers import ROLES
from blog_api.schemas.base import Message, Schema
from blog_api.schemas.content_fields import WebUrl
from blog_api.schemas.fields import (
    Boolean,
    Choice,
    Integer,
    OutputString,
    Pattern,
    QueryBoolean,
    QueryInteger,
    Text,
    Timestamp,
)
from blog_api.schemas.images import image_field, image_output
from blog_api.schemas.paging import PageQuery, page_of, sort_field
from blog_api.text.domains import domain_in_ascii
from blog_api.text.folding import fold, is_blank

MAX_WEBSITE = 1000
# Without the length, which OpenAPI states separately. A lookahead would slow down generators of test data.
NAME_PATTERN = r"[A-Za-z0-9_.-]*[A-Za-z_.-][A-Za-z0-9_.-]*"
USERNAME_PATTERN = rf"(?=.{{3,50}}\Z){NAME_PATTERN}"
USERNAME_MESSAGE = "A username must have 3 to 50 characters of A-Z a-z 0-9 _ . - and must not be all digits."


class Username(Pattern):
    """A username."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(NAME_PATTERN, 3, 50, message=USERNAME_MESSAGE, **kwargs)


class EmailAddress(Text):
    """An email address that mail can be sent to, of at most 254 characters, 64 before the @ (RFC 5321, 4.5.3.1)."""

    _long_name = Message("The part before the @ must have at most 64 bytes.", "too_long")
    _malformed = Message("This is not a valid email address.", "malformed")
    _check = validate.Email(error=_malformed)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(3, 254, **kwargs)
        self.metadata = {**self.metadata, "format": "email"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        email: str = self._check(super()._deserialize(value, attr, data, **kwargs))
        name, _, domain = email.rpartition("@")
        if len(name.encode()) > 64:
            raise ValidationError(self._long_name)
        try:
            domain_in_ascii(domain)
        except ValueError as error:
            raise ValidationError(self._malformed) from error
        # Folding can expand one character to many, and the folded key must fit into an index.
        if len(fold(email)) > 254:
            raise self.make_error("long", max=254)
        return email


class Password(fields.String):
    """A password, neither trimmed nor normalized."""

    def __init__(self, min_length: int = 8, **kwargs: Any) -> None:
        length = validate.Length(
            min_length,
            1024,
            error=Message(f"A password must have {min_length} to 1024 characters.", "length"),
        )
        super().__init__(validate=length, **kwargs)
        self.is_new = min_length > 1
        self.error_messages["invalid"] = Message("This must be a string.", "wrong_type")
        self.metadata = {**self.metadata, "format": "password"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        # Not at login, where every wrong password gets the same error.
        if self.is_new and is_blank(text):
            raise ValidationError(Message("A password must not be blank.", "blank"))
        return text


class UserRef(Schema):
    """A user in a post or list."""

    surrogate = "user"

    id = Integer(required=True, metadata={"example": 1})
    username = OutputString(50, "ada")
    display_name = OutputString(100, "Ada")


class User(Schema):
    """An account. Only its owner and admins see the fields from `email` on, and nobody sees `role` without a token."""

    surrogate = "user"

    id = Integer(required=True, metadata={"example": 1})
    username = OutputString(50, "ada")
    display_name = OutputString(100, "Ada")
    bio = OutputString(1000, "Writes about engines.")
    website = OutputString(MAX_WEBSITE, "https://ada.example.com/", allow_none=True)
    image = image_output(required=True)
    role = fields.String(metadata={"enum": list(ROLES), "example": "author"})
    post_count = Integer(
        0, required=True, metadata={"description": "Number of published posts.", "example": 3}
    )
    created_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})
    email = OutputString(254, "ada@example.com", required=False, allow_none=True)
    is_active = fields.Boolean(metadata={"example": True})
    updated_at = Timestamp(metadata={"example": "2026-01-31T12:00:00Z"})
    comment_mail = fields.Boolean(
        metadata={
            "description": "Whether the user gets mail about comments on their posts and replies to theirs.",
            "example": True,
        }
    )
    pending_email = OutputString(
        254,
        required=False,
        metadata={"description": "The new address. Only present until it is confirmed."},
    )


UserPage = page_of(User(), "UserPage")


class UserQuery(PageQuery):
    """The query parameters of the list of users."""

    sort_keys: ClassVar[dict[str, type[Key]]] = {"username": str, "created_at": datetime}
    sort = sort_field(sort_keys, "username")


class Registration(Schema):
    """A new account."""

    username = Username(required=True, metadata={"example": "mary"})
    email = EmailAddress(required=True, metadata={"example": "mary@example.com"})
    password = Password(required=True, metadata={"example": "correct horse battery"})
    display_name = Text(1, 100, metadata={"example": "Mary"})


class Invitation(Schema):
    """An account that an admin creates for somebody else."""

    username = Username(required=True, metadata={"example": "grace"})
    email = EmailAddress(required=True, metadata={"example": "grace@example.com"})
    role = Choice(ROLES, required=True, metadata={"example": "editor"})
    display_name = Text(1, 100, metadata={"example": "Grace"})


class NewPassword(Schema):
    """A new password."""

    password = Password(required=True)


class Profile(Schema):
    """Changes an owner can make to their account. Omitted fields are left unchanged."""

    defaults: ClassVar[dict[str, Any]] = {"bio": "", "comment_mail": True}
    merged = frozenset(("image",))

    username = Username(metadata={"example": "ada.b"})
    email = EmailAddress(metadata={"example": "ada.b@example.com"})
    display_name = Text(1, 100, metadata={"example": "Ada"})
    bio = Text(0, 1000, multiline=True, metadata={"example": "Writes about engines."})
    website = WebUrl(MAX_WEBSITE, allow_none=True, metadata={"example": "https://ada.example.com/"})
    image = image_field()
    comment_mail = Boolean(
        metadata={"description": "Whether to get mail about comments on your posts and replies to yours."}
    )


class Account(Profile):
    """Changes an admin can make to an account."""

    role = Choice(ROLES, metadata={"example": "editor"})
    is_active = Boolean(metadata={"example": True})


class UserDeletion(Schema):
    """The query parameters of a deletion."""

    reassign_to = QueryInteger(
        metadata={"description": "Id of the account that takes over the posts (admins only)."}
    )
    anonymise = QueryBoolean(
        load_default=False,
        metadata={"description": "Keep the posts, but erase everything that identifies the account."},
    )

    @validates_schema
    def _check_exclusive(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["anonymise"] and "reassign_to" in data:
            message = Message("This cannot be combined with reassign_to.", "not_together")
            raise ValidationError(message, "anonymise")
