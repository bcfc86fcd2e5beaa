"""Which posts a list shows: what its query parameters mean."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from marshmallow import ValidationError, validate, validates_schema

from blog_api.paging.cursors import Key
from blog_api.paging.pages import DEFAULT_LIMIT
from blog_api.schemas.base import Message, Schema
from blog_api.schemas.fields import Choice, DelimitedList, List, Pattern, QueryBoolean, Text, Timestamp
from blog_api.schemas.paging import PageQuery, sort_field
from blog_api.schemas.posts import LIST_FIELDS, STATUSES
from blog_api.schemas.tags import Slug
from blog_api.schemas.users import NAME_PATTERN
from blog_api.text.search import MAX_QUERY


class AuthorName(Pattern):
    """An id or a username. Usernames are never digits only, so the two cannot be mixed up."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            rf"[1-9][0-9]{{0,18}}|{NAME_PATTERN}",
            1,
            50,
            message="This must be the id or the username of a user.",
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
    author = DelimitedList(
        AuthorName(),
        max_items=20,
        metadata={
            "description": "Ids or usernames of authors, separated by commas: any of them.",
            "example": ["ada", "grace"],
        },
    )
    tag = List(
        Slug(),
        validate.Length(max=20, error=Message("At most {max} tags.", "too_many")),
        metadata={"description": "The slug of a tag. Given several times: all of them."},
    )
    any_tag = DelimitedList(
        Slug(),
        max_items=20,
        metadata={
            "description": "Slugs, separated by commas: any of them.",
            "example": ["python", "open-source"],
        },
    )
    without_tag = DelimitedList(
        Slug(),
        max_items=20,
        metadata={"description": "Slugs, separated by commas: none of them.", "example": ["draft-notes"]},
    )
    has_tags = QueryBoolean(metadata={"description": "Whether the post has any tag."})
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

    sort_keys: ClassVar[dict[str, type[Key]]] = {
        "published_at": datetime,
        "updated_at": datetime,
        "created_at": datetime,
        "title": str,
        "relevance": int,
    }
    presentation: ClassVar[frozenset[str]] = PageQuery.presentation | {"fields"}

    trashed = QueryBoolean(
        metadata={
            "description": "What was deleted of one's own posts; to editors of everyone's. Of any status."
        }
    )
    sort = sort_field(sort_keys, None)
    fields = DelimitedList(  # type: ignore[assignment]
        Choice(LIST_FIELDS),
        max_items=len(LIST_FIELDS),
        metadata={"description": "The members to show, separated by commas.", "example": ["id", "title"]},
    )

    def default_sort(self, data: dict[str, Any]) -> str:
        if "q" in data:
            return "-relevance"
        if data.get("trashed"):
            return "-updated_at"
        return "-published_at" if data.get("status") in (None, "published") else "-created_at"

    @validates_schema
    def _check_search(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "q" in data:
            return
        if data.get("sort", "").lstrip("-") == "relevance":
            raise ValidationError(
                Message("Only a search (q) can be sorted by relevance.", "no_search"), "sort"
            )
        if "excerpt" in data.get("fields", ()):
            raise ValidationError(Message("Only a search (q) has excerpts.", "no_search"), "fields")

    @validates_schema
    def _check_content(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "content" in data.get("fields", ()) and data.get("limit", DEFAULT_LIMIT) > DEFAULT_LIMIT:
            message = Message(f"With content, a page has at most {DEFAULT_LIMIT} posts.", "out_of_range")
            raise ValidationError(message, "limit")
