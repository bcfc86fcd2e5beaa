"""Schemas of comments."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from marshmallow import fields, validate

from blog_api.paging.cursors import Key
from blog_api.schemas.base import Message, Schema
from blog_api.schemas.fields import Choice, Integer, List, OutputString, QueryInteger, Text, Timestamp
from blog_api.schemas.paging import PageQuery, page_of, sort_field
from blog_api.schemas.users import EmailAddress
from blog_api.text.rendering import MAX_COMMENT

MAX_DEPTH = 5
MAX_MODERATED = 100
MAX_HTML = 1_000_000
# The last one is that of placeholders, for comments that have replies but are not shown themselves.
STATUSES = ("pending", "approved", "spam", "deleted")
MODERATED = ("approved", "spam")
_TIME = {"example": "2026-01-31T12:00:00Z"}
_MARKDOWN = "Markdown without images and headings."


class CommentWrite(Schema):
    """A new comment."""

    content = Text(
        1,
        MAX_COMMENT,
        multiline=True,
        required=True,
        metadata={"description": _MARKDOWN, "example": "Well said."},
    )
    parent_id = Integer(
        allow_none=True, metadata={"description": "The comment to reply to, on the same post."}
    )
    name = Text(
        1,
        100,
        metadata={"description": "The name of a guest. Required without a token, otherwise not allowed."},
    )
    email = EmailAddress(
        metadata={
            "description": "The address of a guest, like `name`. It is never shown, and erased after 90 days."
        }
    )


class CommentPatch(Schema):
    """Changes to a comment."""

    content = Text(
        1, MAX_COMMENT, multiline=True, metadata={"description": _MARKDOWN, "example": "Well said!"}
    )
    status = Choice(("pending", *MODERATED), metadata={"description": "Editors only."})


class Moderation(Schema):
    """A decision on comments."""

    ids = List(
        Integer(),
        validate.Length(1, MAX_MODERATED, error=Message("List 1 to 100 comments.", "length")),
        required=True,
        metadata={"example": [1]},
    )
    status = Choice(MODERATED, required=True, metadata={"example": "approved"})


class ModerationResult(Schema):
    """The result of a decision."""

    changed = Integer(
        0,
        MAX_MODERATED,
        required=True,
        metadata={"description": "The number of comments that had another status.", "example": 1},
    )


class CommentAuthor(Schema):
    """Who wrote a comment. Guests have no account; in a placeholder, the name is empty."""

    surrogate = "user"

    id = Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Null for a guest, and for a deleted account.", "example": 1},
    )
    username = OutputString(50, "ada", allow_none=True)
    display_name = OutputString(100, "Ada")


class Comment(Schema):
    """A comment. A placeholder has the status `deleted`, and neither content nor author."""

    surrogate = "comment"
    # A cached response is purged with its post.
    belongs_to: ClassVar[dict[str, str]] = {"post_id": "post"}

    id = Integer(required=True, metadata={"example": 1})
    post_id = Integer(required=True, metadata={"example": 1})
    parent_id = Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Null for a comment on the post itself.", "example": None},
    )
    depth = Integer(0, MAX_DEPTH, required=True, metadata={"example": 0})
    author = fields.Nested(CommentAuthor(), required=True)
    content = OutputString(MAX_COMMENT, "Well said.")
    html = OutputString(
        MAX_HTML, "<p>Well said.</p>", metadata={"description": "Safe HTML, made of `content`."}
    )
    status = fields.String(required=True, metadata={"enum": list(STATUSES), "example": "approved"})
    created_at = Timestamp(required=True, metadata=_TIME)
    updated_at = Timestamp(required=True, metadata=_TIME)


CommentPage = page_of(Comment(), "CommentPage")


class ThreadQuery(PageQuery):
    """The query parameters of the comments on a post."""

    sort_keys: ClassVar[dict[str, type[Key]]] = {"created_at": datetime}
    sort = sort_field(sort_keys, "created_at")


class CommentQuery(PageQuery):
    """The filters of a list of comments on all posts."""

    sort_keys: ClassVar[dict[str, type[Key]]] = {"id": int}
    sort = sort_field(sort_keys, "-id")
    status = Choice(("pending", *MODERATED), metadata={"description": "Only comments with this status."})
    post_id = QueryInteger(metadata={"description": "Only comments on this post."})
    author_id = QueryInteger(metadata={"description": "Only comments by this user, for editors."})
