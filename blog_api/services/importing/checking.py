"""Validate a document as a post with authors, within the limits of the API."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from marshmallow import ValidationError

from blog_api.api.parsing import faults_from
from blog_api.schemas.fields import Text
from blog_api.schemas.posts import MAX_CO_AUTHORS, PostWrite
from blog_api.schemas.users import USERNAME_PATTERN
from blog_api.services.importing.sources import MAX_NAME, FileRejected, describe_faults
from blog_api.text.documents import Document
from blog_api.text.slugs import slugify

_schema = PostWrite()
_name = Text(1, MAX_NAME)


def username_for(name: str) -> str:
    """Return the username for an author named in a file. The same name always has the same username."""
    if re.fullmatch(USERNAME_PATTERN, name):
        return name
    slug = slugify(name, "author")[:50].strip("-")
    return slug if re.fullmatch(USERNAME_PATTERN, slug) else f"author-{slug}"[:50].strip("-")


def validate_authors(names: Sequence[str]) -> tuple[str, ...]:
    """Return the author names, truncated to the limit of a display name. Raises FileRejected."""
    if len(names) > MAX_CO_AUTHORS + 1:
        raise FileRejected(f"more than {MAX_CO_AUTHORS + 1} authors")
    try:
        return tuple(_name.deserialize(name[:MAX_NAME]) for name in names)
    except ValidationError as error:
        raise FileRejected(f"author: {error.messages[0]}") from error


def validate_post(document: Document) -> dict[str, Any]:
    """Return the document as validated post data. Raises FileRejected."""
    published = document.date is not None and not document.draft
    try:
        data: dict[str, Any] = _schema.load(
            {
                "title": document.title,
                "content": document.content,
                "summary": document.summary,
                "tags": list(document.tags),
                "status": "published" if published else "draft",
            }
        )
    except ValidationError as error:
        raise FileRejected(describe_faults(faults_from(error.messages, in_body=True))) from error
    return {**data, "published_at": document.date}
