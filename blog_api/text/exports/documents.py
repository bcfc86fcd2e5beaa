"""Make documents of exported posts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from blog_api.text.documents import Document, DocumentComment, FormerSlug
from blog_api.text.issues import Note
from blog_api.text.paths import canonical_path
from blog_api.text.slugs import SLUG_PATTERN

# The members that are as API clients write them. `metadata` and `image` are objects.
_MEMBERS = (
    *("kind", "featured", "language", "image", "meta_title", "meta_description", "canonical_url", "noindex"),
    *("metadata", "comments_open", "comments_close_at"),
)
_MAX_SLUG = 100


def to_document(
    values: Mapping[str, Any],
    *,
    notes: tuple[Note, ...] = (),
    comments: Iterable[DocumentComment] = (),
    line: int = 1,
) -> Document:
    """Return a post, given as in `posts.ndjson`, as a document.

    Raises KeyError, TypeError or ValueError if it is not a valid one. The members are not validated.
    """
    former = [
        FormerSlug(_slug(one["slug"]), _optional_time(one["public_at"])) for one in values["former_slugs"]
    ]
    return Document(
        title=_text(values["title"]),
        slug=_slug(values["slug"]),
        date=_optional_time(values["published_at"]),
        summary=_text(values["summary"]),
        authors=_texts(values["authors"]),
        tags=_texts(values["tags"]),
        content=_text(values["content"]),
        status=_text(values["status"]),
        notes=notes,
        aliases=tuple(canonical_path(alias) for alias in _texts(values["aliases"])),
        members={name: values[name] for name in _MEMBERS},
        created_at=_optional_time(values.get("created_at")),
        updated_at=_optional_time(values.get("updated_at")),
        deleted_at=_optional_time(values["deleted_at"]),
        comments=tuple(comments),
        line=line,
        former_slugs=tuple(former),
        slug_is_automatic=values["slug_is_automatic"] is True,
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return value


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError("not a list of texts")
    return tuple(values)


def _slug(value: Any) -> str:
    if not re.fullmatch(SLUG_PATTERN, value) or len(value) > _MAX_SLUG:
        raise ValueError(f"not a slug: {value[:100]}")
    return str(value)


def _optional_time(value: Any) -> datetime | None:
    return None if value is None else read_time(value)


def read_time(value: str) -> datetime:
    """Return the time as exports write it. Raises ValueError or TypeError."""
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError("a time without a time zone")
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time out of range") from error
