"""Query parameters of the list of posts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from marshmallow import ValidationError, validate, validates_schema

from blog_api.paging.cursors import ID_PATTERN, Key
from blog_api.paging.pages import DEFAULT_LIMIT, MAX_LIMIT
from blog_api.schemas.base import Message, Schema
from blog_api.schemas.content_fields import LanguageTag
from blog_api.schemas.fields import (
    Choice,
    DelimitedList,
    List,
    Pattern,
    QueryBoolean,
    QueryInteger,
    Text,
    Timestamp,
)
from blog_api.schemas.paging import PageQuery, sort_field
from blog_api.schemas.post_fields import KINDS, LIST_FIELDS, SELECTABLE_FIELDS, STATUSES
from blog_api.schemas.tags import Slug
from blog_api.schemas.users import NAME_PATTERN
from blog_api.text.search import MAX_QUERY, MAX_WORDS, parse_query

MAX_RELATED = 20


class AuthorName(Pattern):
    """A user id or username. Usernames are never all digits, so the two cannot be confused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            f"{ID_PATTERN}|{NAME_PATTERN}",
            1,
            50,
            message="This must be a user id or username.",
            **kwargs,
        )


def _check_words(query: str) -> None:
    if parse_query(query).word_count > MAX_WORDS:
        raise ValidationError(Message(f"Search for at most {MAX_WORDS} words.", "too_many"))


class PostFilters(Schema):
    """Filters for posts, combined with AND."""

    q = Text(
        1,
        MAX_QUERY,
        validate=_check_words,
        metadata={
            "description": "Search for posts with all of these words in title, summary, tags or content, in any "
            'order. Quote a phrase (`"open source"`), and exclude a word with `-word`. The last word also matches '
            "as a prefix. Case, and accents on Latin letters, are ignored; ł matches l, and ß matches ss. At most "
            f"{MAX_WORDS} words.",
            "example": 'flask "open source" -django',
        },
    )
    author = DelimitedList(
        AuthorName(),
        max_items=20,
        metadata={
            "description": "Posts by any of these authors: ids or usernames, separated by commas.",
            "example": ["ada", "grace"],
        },
    )
    tag = List(
        Slug(),
        validate.Length(max=20, error=Message("At most {max} tags are allowed.", "too_many")),
        metadata={"description": "Posts with this tag, given as a slug. Repeat it to require several tags."},
    )
    any_tag = DelimitedList(
        Slug(),
        max_items=20,
        metadata={
            "description": "Posts with any of these tags: slugs, separated by commas.",
            "example": ["python", "open-source"],
        },
    )
    without_tag = DelimitedList(
        Slug(),
        max_items=20,
        metadata={
            "description": "Posts with none of these tags: slugs, separated by commas.",
            "example": ["draft-notes"],
        },
    )
    has_tags = QueryBoolean(metadata={"description": "Posts with tags (`true`) or without any (`false`)."})
    id = DelimitedList(
        QueryInteger(),
        max_items=MAX_LIMIT,
        metadata={"description": "Posts with any of these ids, separated by commas.", "example": [1, 2, 3]},
    )
    status = DelimitedList(
        Choice((*STATUSES, "all")),
        max_items=len(STATUSES) + 1,
        metadata={
            "description": "Posts with any of these statuses, separated by commas; `published` by default. With any "
            "other status, only your own posts; for editors, everyone's.",
            "example": ["published"],
        },
    )
    kind = Choice(
        (*KINDS, "all"),
        metadata={"description": "Posts, pages or both; `post` by default.", "example": "post"},
    )
    featured = QueryBoolean(metadata={"description": "Posts that are featured (`true`) or not (`false`)."})
    language = LanguageTag(metadata={"description": "Posts in this language.", "example": "en"})
    followed = QueryBoolean(metadata={"description": "`true`: only posts by authors that you follow."})
    published_after = Timestamp(metadata={"description": "Posts published at or after this time."})
    published_before = Timestamp(metadata={"description": "Posts published before this time."})
    changed_after = Timestamp(
        metadata={
            "description": "Posts whose `updated_at` is at or after this time: those that changed or came due."
        }
    )
    updated_after = Timestamp(metadata={"description": "The same as `changed_after`."})
    title_contains = Text(
        1,
        200,
        metadata={
            "description": "Posts whose title contains this text literally. The case of A to Z is ignored.",
            "example": "100%",
        },
    )


def _selection(names: tuple[str, ...], limits: str) -> DelimitedList:
    """Return the parameter that selects the fields of posts."""
    description = f"Fields to return for each post, separated by commas.{limits}"
    return DelimitedList(
        Choice(names),
        max_items=len(names),
        metadata={"description": description, "example": ["id", "title"]},
    )


class PostQuery(PostFilters, PageQuery):
    """Filters, sort order, page and fields of a list of posts."""

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
            "description": "`true`: your own posts in the trash, with any status; for editors, everyone's."
        }
    )
    sort = sort_field(sort_keys, None)
    fields = _selection(LIST_FIELDS, f" With `content` or `html`, `limit` is at most {DEFAULT_LIMIT}.")  # type: ignore[assignment]

    def default_sort(self, data: dict[str, Any]) -> str:
        if "q" in data:
            return "-relevance"
        if data.get("trashed"):
            return "-updated_at"
        return "-published_at" if data.get("status") in (None, ("published",)) else "-created_at"

    @validates_schema
    def _check_search(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "q" in data:
            return
        if data.get("sort", "").lstrip("-") == "relevance":
            raise ValidationError(Message("Sorting by relevance requires a search (q).", "no_search"), "sort")
        if "excerpt" in data.get("fields", ()):
            raise ValidationError(Message("Excerpts require a search (q).", "no_search"), "fields")

    @validates_schema
    def _check_content(self, data: dict[str, Any], **kwargs: Any) -> None:
        long = [name for name in ("content", "html") if name in data.get("fields", ())]
        if long and data.get("limit", DEFAULT_LIMIT) > DEFAULT_LIMIT:
            message = Message(
                f"This must be at most {DEFAULT_LIMIT} if fields includes {long[0]}.", "out_of_range"
            )
            raise ValidationError(message, "limit")


class SinglePostQuery(Schema):
    """The query parameters of a single post."""

    fields = _selection(SELECTABLE_FIELDS, "")  # type: ignore[assignment]


class RelatedQuery(SinglePostQuery):
    """The query parameters of the posts related to a post."""

    limit = QueryInteger(
        1, MAX_RELATED, load_default=5, metadata={"description": "Maximum number of related posts."}
    )


class NeighbourQuery(SinglePostQuery):
    """The query parameters of the neighbours of a post."""

    author = AuthorName(
        metadata={"description": "Only posts by this author, an id or username.", "example": "ada"}
    )
    tag = Slug(metadata={"description": "Only posts with this tag, given as a slug.", "example": "python"})
