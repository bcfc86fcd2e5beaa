"""Validate a document as a post with authors, within the limits of the API."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from blog_api.api.errors import problem_from
from blog_api.api.parsing import faults_from
from blog_api.problems import EditConflict, Fault, NotFound, Problem
from blog_api.schemas.post_writes import PostWrite
from blog_api.schemas.users import USERNAME_PATTERN
from blog_api.services.importing.members import read_members
from blog_api.services.importing.picture_search import PostPictures
from blog_api.text.bylines import read_person
from blog_api.text.documents import Document
from blog_api.text.issues import Code, Note, Refused
from blog_api.text.slugs import slugify

# In characters, of a display name.
MAX_NAME = 100
_schema = PostWrite()


def describe_faults(faults: Iterable[Fault]) -> str:
    """Join all faults into one line."""
    return "; ".join(f"{(fault.pointer or '').lstrip('/')}: {fault.detail}" for fault in faults)


def describe_errors(messages: Any) -> str:
    """Join the messages of a ValidationError into one line."""
    return describe_faults(faults_from(messages, in_body=True))


def username_for(name: str) -> str:
    """Return the username for an author named in a file. The same name always has the same username.

    In `Ann Lee (@annlee)`, it is the handle.
    """
    person = read_person(name)
    name = person.handle or person.name
    if re.fullmatch(USERNAME_PATTERN, name):
        return name
    slug = slugify(name, "author")[:50].strip("-")
    return slug if re.fullmatch(USERNAME_PATTERN, slug) else f"author-{slug}"[:50].strip("-")


def display_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return the author names, truncated to the limit of a display name."""
    return tuple(name[:MAX_NAME].strip() for name in names)


def validate_post(document: Document) -> dict[str, Any]:
    """Return the document as validated post data. Raises Refused."""
    is_undated = document.status == "published" and document.date is None
    try:
        data: dict[str, Any] = _schema.load(
            {
                "title": document.title,
                "content": document.content,
                "summary": document.summary,
                "tags": list(document.tags),
                "status": "draft" if is_undated else document.status,
            }
        )
    except ValidationError as error:
        raise _invalid(error) from error
    own = ("created_at", "updated_at", "deleted_at", "slug_is_automatic")
    given = {name: value for name in own if (value := getattr(document, name))}
    return {**data, "published_at": document.date, **given}


def _invalid(error: ValidationError) -> Refused:
    return Refused(Code.POST_INVALID, describe_errors(error.messages))


def read_post(document: Document, pictures: PostPictures) -> tuple[dict[str, Any], tuple[Note, ...]]:
    """Return the data of the post with its stored pictures, and all notes on the document. Raises Refused."""
    members, notes = read_members(document.unread, pictures.find_upload)
    data = validate_post(replace(document, content=pictures.place_in(document.content)))
    try:
        members |= _schema.load(pictures.with_upload(document.members))
    except ValidationError as error:
        raise _invalid(error) from error
    return data | members, (*document.notes, *notes, *pictures.notes)


def refusal_by_database(error: Problem | SQLAlchemyError) -> Refused:
    """Return why the database rejects a post. Re-raise errors not caused by the post, such as a lost connection."""
    problem = problem_from(error)
    if problem.status < 500:
        is_stale = isinstance(problem, EditConflict | NotFound)
        code = Code.CHANGED_MEANWHILE if is_stale else Code.DATABASE_ERROR
        return Refused(code, describe_faults(problem.faults) or problem.detail)
    if problem.status == 503 or not isinstance(error, DBAPIError):
        raise error
    return Refused(Code.DATABASE_ERROR, f"database error: {str(error.orig).strip()}")
