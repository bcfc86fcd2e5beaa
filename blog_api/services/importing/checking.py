"""What a document becomes: a post and its authors, within the limits that the API has too."""

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
    """A username for an author as files name them. The same name always gives the same one."""
    if re.fullmatch(USERNAME_PATTERN, name):
        return name
    slug = slugify(name, "author")[:50].strip("-")
    return slug if re.fullmatch(USERNAME_PATTERN, slug) else f"author-{slug}"[:50].strip("-")


def validate_authors(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each cut to what an account can show. Raises FileRejected."""
    if len(names) > MAX_CO_AUTHORS + 1:
        raise FileRejected(f"it has more than {MAX_CO_AUTHORS + 1} authors")
    try:
        return tuple(_name.deserialize(name[:MAX_NAME]) for name in names)
    except ValidationError as error:
        raise FileRejected(f"author: {error.messages[0]}") from error


def validate_post(document: Document) -> dict[str, Any]:
    """The data of the post that the document is. Raises FileRejected."""
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
