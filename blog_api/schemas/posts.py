"""Posts, as they come in and go out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate, validates_schema

from blog_api.pagination import DEFAULT_LIMIT, MAX_LIMIT, Key
from blog_api.schemas.base import Message, Schema
from blog_api.schemas.fields import Choice, Flag, Integer, Pattern, Shown, Text, Timestamp, Words
from blog_api.schemas.paging import PageQuery, Pagination, sort_field
from blog_api.schemas.tags import Slug, TagName, TagRef
from blog_api.schemas.users import NAME_PATTERN, UserRef
from blog_api.text.excerpts import MAX_EXCERPT
from blog_api.text.search import MAX_QUERY
from blog_api.text.slugs import MAX_SLUG

STATUSES = ("draft", "scheduled", "published", "archived")
MAX_TAGS = 50
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
    "tags",
)
# Those that a list may show.
LIST_FIELDS = (*FIELDS, "excerpt")


class PostSummary(Schema):
    """A post in a list. Where `fields` asks for some members only, the others are left out."""

    id = Integer(required=True, metadata={"example": 1})
    slug = Shown(MAX_SLUG, "hello-world")
    title = Shown(200, "Hello, world")
    summary = Shown(2000, "The first post.")
    status = fields.String(required=True, metadata={"enum": list(STATUSES), "example": "published"})
    published_at = Timestamp(required=True, allow_none=True, metadata={"example": "2026-01-31T12:00:00Z"})
    created_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})
    updated_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})
    author = fields.Nested(UserRef(), required=True)
    tags = fields.List(fields.Nested(TagRef()), required=True, validate=validate.Length(max=MAX_TAGS))


class Post(PostSummary):
    """A post. `content` is Markdown."""

    content = Shown(MAX_CONTENT, "# Hello\n\nWorld.")

    class Meta:
        fields = FIELDS


class PostListItem(PostSummary):
    """A post in a list. `content` and sparse fields come where `fields` asks for them."""

    content = Shown(
        MAX_CONTENT, required=False, metadata={"description": "Markdown, only where `fields` asks for it."}
    )
    excerpt = Shown(
        MAX_EXCERPT,
        "… about <mark>Flask</mark> and <mark>SQLAlchemy</mark> …",
        required=False,
        metadata={
            "description": "Only in a search: where the words are, in HTML. The text is escaped, each find in `<mark>`."
        },
    )


class PostPage(Schema):
    """A page of posts."""

    data = fields.List(
        fields.Nested(PostListItem(partial=True)), required=True, validate=validate.Length(max=MAX_LIMIT)
    )
    pagination = fields.Nested(Pagination(), required=True)


class AuthorName(Pattern):
    """An id or a username. Usernames are never digits only, so the two cannot be mixed up."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            rf"[1-9][0-9]{{0,18}}|{NAME_PATTERN}",
            1,
            50,
            advice="This must be the id or the username of a user.",
            **kwargs,
        )


class PostFilters(Schema):
    """Which posts. Filters combine as AND."""

    q = Text(
        1,
        MAX_QUERY,
        metadata={
            "description": "Words to look for in title, summary, tags and content: all of them, in any order. "
            '`"in quotes"` they must follow each other, and `-word` must not be there. The last word may be the '
            "beginning of one. Neither case nor the accents of Latin letters count.",
            "example": 'flask "open source" -django',
        },
    )
    author = Words(
        AuthorName(),
        most=20,
        metadata={
            "description": "Ids or usernames of authors, separated by commas: any of them.",
            "example": ["ada", "grace"],
        },
    )
    tag = fields.List(
        Slug(),
        validate=validate.Length(max=20, error=Message("At most {max} tags.", "too_many")),
        metadata={"description": "The slug of a tag. Given several times: all of them."},
    )
    any_tag = Words(
        Slug(),
        most=20,
        metadata={
            "description": "Slugs, separated by commas: any of them.",
            "example": ["python", "open-source"],
        },
    )
    without_tag = Words(
        Slug(),
        most=20,
        metadata={"description": "Slugs, separated by commas: none of them.", "example": ["draft-notes"]},
    )
    has_tags = Flag(metadata={"description": "Whether the post has any tag."})
    status = Choice(
        (*STATUSES, "all"), metadata={"description": "One's own posts of this status; to editors everyone's."}
    )
    published_after = Timestamp(metadata={"description": "Published at this time or later."})
    published_before = Timestamp(metadata={"description": "Published before this time."})
    updated_after = Timestamp(metadata={"description": "Changed at this time or later."})
    title_contains = Text(
        1,
        200,
        metadata={
            "description": "What the title contains, literally; the case of A to Z does not count.",
            "example": "100%",
        },
    )


class PostQuery(PostFilters, PageQuery):
    """Which posts, in which order, and what of them."""

    kinds: ClassVar[dict[str, type[Key]]] = {
        "published_at": datetime,
        "updated_at": datetime,
        "created_at": datetime,
        "title": str,
        "relevance": int,
    }
    shown: ClassVar[frozenset[str]] = PageQuery.shown | {"fields"}

    trashed = Flag(
        metadata={
            "description": "What was deleted of one's own posts; to editors of everyone's. Of any status."
        }
    )
    sort = sort_field(kinds, None)
    fields = Words(  # type: ignore[assignment]
        Choice(LIST_FIELDS),
        most=len(LIST_FIELDS),
        metadata={"description": "The members to show, separated by commas.", "example": ["id", "title"]},
    )

    def default_sort(self, data: dict[str, Any]) -> str:
        if "q" in data:
            return "-relevance"
        if data.get("trashed"):
            return "-updated_at"
        return "-published_at" if data.get("status") in (None, "published") else "-created_at"

    @validates_schema
    def _only_a_search_has(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "q" in data:
            return
        if data.get("sort", "").lstrip("-") == "relevance":
            raise ValidationError(
                Message("Only a search (q) can be sorted by relevance.", "no_search"), "sort"
            )
        if "excerpt" in data.get("fields", ()):
            raise ValidationError(Message("Only a search (q) has excerpts.", "no_search"), "fields")

    @validates_schema
    def _content_is_large(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "content" in data.get("fields", ()) and data["limit"] > DEFAULT_LIMIT:
            message = Message(f"With content, a page has at most {DEFAULT_LIMIT} posts.", "out_of_range")
            raise ValidationError(message, "limit")


class PostWrite(Schema):
    """What a post is made of. The slug is made from the title where it is left out; tags are made where missing."""

    title = Text(1, 200, required=True, metadata={"example": "Hello, world"})
    content = Text(
        0, MAX_CONTENT, lines=True, keep=True, required=True, metadata={"example": "# Hello\n\nWorld."}
    )
    summary = Text(0, 2000, lines=True, metadata={"example": "The first post."})
    slug = Slug(metadata={"example": "hello-world"})
    status = Choice(STATUSES, metadata={"example": "draft"})
    published_at = Timestamp(allow_none=True, metadata={"example": "2026-01-31T12:00:00Z"})
    tags = fields.List(
        TagName(),
        validate=validate.Length(max=MAX_TAGS, error=Message("At most {max} tags.", "too_many")),
        metadata={"example": ["Python", "Open Source"]},
    )


class PostPatch(PostWrite):
    """What may be changed of a post. Only what is sent changes."""


class PostDeletion(Schema):
    """How to delete a post."""

    force = Flag(load_default=False, metadata={"description": "For ever, also from the trash (admins only)."})


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
