"""Posts, as they come in and go out."""

from __future__ import annotations

from marshmallow import fields, validate

from blog_api.paging.pages import MAX_LIMIT
from blog_api.schemas.base import Message, Schema
from blog_api.schemas.fields import Choice, Integer, List, OutputString, QueryBoolean, Text, Timestamp
from blog_api.schemas.paging import Pagination
from blog_api.schemas.tags import Slug, TagName, TagRef
from blog_api.schemas.users import UserRef
from blog_api.text.excerpts import MAX_EXCERPT
from blog_api.text.slugs import MAX_SLUG

STATUSES = ("draft", "scheduled", "published", "archived")
MAX_TAGS = 50
MAX_CO_AUTHORS = 50
MAX_CONTENT = 500_000
# The members of a post, in the order in which they are shown.
FIELDS = (
    "id",
    "slug",
    "title",
    "summary",
    "content",
    "status",
    "published_at",
    "created_at",
    "updated_at",
    "author",
    "authors",
    "tags",
)
# Those that a list may show.
LIST_FIELDS = (*FIELDS, "excerpt")


class PostSummary(Schema):
    """A post in a list. Where `fields` asks for some members only, the others are left out."""

    id = Integer(required=True, metadata={"example": 1})
    slug = OutputString(MAX_SLUG, "hello-world")
    title = OutputString(200, "Hello, world")
    summary = OutputString(2000, "The first post.")
    status = fields.String(required=True, metadata={"enum": list(STATUSES), "example": "published"})
    published_at = Timestamp(required=True, allow_none=True, metadata={"example": "2026-01-31T12:00:00Z"})
    created_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})
    updated_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})
    author = fields.Nested(
        UserRef(), required=True, metadata={"description": "Its owner, who also is the first of the authors."}
    )
    authors = fields.List(
        fields.Nested(UserRef()), required=True, validate=validate.Length(1, MAX_CO_AUTHORS + 1)
    )
    tags = fields.List(fields.Nested(TagRef()), required=True, validate=validate.Length(max=MAX_TAGS))


class Post(PostSummary):
    """A post. `content` is Markdown."""

    content = OutputString(MAX_CONTENT, "# Hello\n\nWorld.")

    class Meta:
        fields = FIELDS


class PostListItem(PostSummary):
    """A post in a list. `content` and sparse fields come where `fields` asks for them."""

    content = OutputString(
        MAX_CONTENT, required=False, metadata={"description": "Markdown, only where `fields` asks for it."}
    )
    excerpt = OutputString(
        MAX_EXCERPT,
        "… about <mark>Flask</mark> and <mark>SQLAlchemy</mark> …",
        required=False,
        metadata={
            "description": "Only in a search: where the words are, in HTML. The text is escaped, each find in `<mark>`."
        },
    )

    class Meta:
        fields = LIST_FIELDS


class PostPage(Schema):
    """A page of posts."""

    data = fields.List(
        fields.Nested(PostListItem(partial=True)), required=True, validate=validate.Length(max=MAX_LIMIT)
    )
    pagination = fields.Nested(Pagination(), required=True)


class PostWrite(Schema):
    """What a post is made of. The slug is made from the title where it is left out; tags are made where missing."""

    title = Text(1, 200, required=True, metadata={"example": "Hello, world"})
    content = Text(
        0,
        MAX_CONTENT,
        multiline=True,
        verbatim=True,
        required=True,
        metadata={"example": "# Hello\n\nWorld."},
    )
    summary = Text(0, 2000, multiline=True, metadata={"example": "The first post."})
    slug = Slug(metadata={"example": "hello-world"})
    status = Choice(STATUSES, metadata={"example": "draft"})
    published_at = Timestamp(allow_none=True, metadata={"example": "2026-01-31T12:00:00Z"})
    tags = List(
        TagName(),
        validate.Length(max=MAX_TAGS, error=Message("At most {max} tags.", "too_many")),
        metadata={"example": ["Python", "Open Source"]},
    )
    co_authors = List(
        Integer(),
        validate.Length(max=MAX_CO_AUTHORS, error=Message("At most {max} co-authors.", "too_many")),
        metadata={
            "description": "The ids of those who wrote it with its owner, in order; they may change it too.",
            "example": [],
        },
    )


class PostPatch(PostWrite):
    """What may be changed of a post. Only what is sent changes."""


class PostDeletion(Schema):
    """How to delete a post."""

    force = QueryBoolean(
        load_default=False, metadata={"description": "For ever, also from the trash (admins only)."}
    )


class RestoredPost(Post):
    """A post that was in the trash."""

    slug_changed = fields.Boolean(
        required=True,
        metadata={
            "description": "Whether another post has its slug by now, so that it got a new one.",
            "example": False,
        },
    )

    class Meta:
        fields = (*FIELDS, "slug_changed")
