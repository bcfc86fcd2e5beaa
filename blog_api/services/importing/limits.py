"""Fit a document into the limits of the API, so that one value that is too long does not refuse the post."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from blog_api.schemas.fields import Text
from blog_api.schemas.post_fields import MAX_CO_AUTHORS, MAX_TAGS
from blog_api.schemas.post_writes import PostWrite
from blog_api.text.controls import find_control, remove_controls
from blog_api.text.documents import Document
from blog_api.text.folding import MAX_MARKS, has_excessive_marks, is_blank
from blog_api.text.issues import Code, Note
from blog_api.text.tag_lists import MAX_TAG

_SHOWN = 100
_CLEANED = "the control characters are left out"
_fields = PostWrite().fields
_AUTHORS = MAX_CO_AUTHORS + 1


def fit(document: Document) -> Document:
    """Return the document with values that the API accepts, and a note on each that had to change.

    Removes control characters, and shortens or leaves out what is too long, except for the content.
    """
    notes: list[Note] = []
    lines = document.lines
    fitted = {
        "title": _fit_text("title", document.title, lines.get("title", 1), notes),
        "summary": _fit_text("summary", document.summary, lines.get("summary", 1), notes),
        "content": _fit_content(document, notes),
        "tags": _fit_tags(document.tags, lines.get("tags", 1), notes),
        "authors": _fit_authors(document.authors, lines.get("authors", 1), notes),
    }
    changed: dict[str, Any] = {
        name: value for name, value in fitted.items() if value != getattr(document, name)
    }
    return replace(document, **changed, notes=(*document.notes, *notes)) if changed else document


def shorten(text: str, limit: int) -> str:
    """Return the text with at most `limit` characters, cut between words if that is possible."""
    if len(text) <= limit:
        return text
    end = max(text.rfind(" ", limit // 2, limit), text.rfind("\n", limit // 2, limit))
    return f"{text[: end if end > 0 else limit - 1].rstrip()}…"


def _note(notes: list[Note], name: str, reason: str, value: str, line: int) -> None:
    shown = " ".join(value[:_SHOWN].split())
    notes.append(Note(Code.VALUE_SHORTENED, f"{name}: {reason}: {shown}", line))


def _fit_text(name: str, text: str, line: int, notes: list[Note]) -> str:
    """Return a text that the field of this name accepts. Adds to the notes."""
    field = _fields[name]
    assert isinstance(field, Text)
    clean = _clean(text, multiline=field.multiline)
    if clean != text:
        _note(notes, name, _CLEANED, clean, line)
    if len(clean) > field.max_length:
        reason = f"more than {field.max_length} characters, so it is shortened"
        _note(notes, name, reason, clean, line)
    return shorten(clean, field.max_length)


def _clean(text: str, *, multiline: bool) -> str:
    if text.isprintable() and len(text) <= MAX_MARKS:
        return text
    text = remove_controls(text, multiline=multiline)
    if has_excessive_marks(text):
        return "".join(character for character in text if not unicodedata.combining(character))
    return text


def _fit_content(document: Document, notes: list[Note]) -> str:
    content = document.content
    first = find_control(content, multiline=True)
    if first is None:
        return content
    line = document.line + content.count("\n", 0, first)
    around = content[max(0, content.rfind("\n", 0, first)) : first + _SHOWN]
    clean = remove_controls(content, multiline=True)
    _note(notes, "content", _CLEANED, _clean(around, multiline=True), line)
    return clean


def _fit_tags(tags: Iterable[str], line: int, notes: list[Note]) -> tuple[str, ...]:
    names: list[str] = []
    for tag in tags:
        name = _clean(tag, multiline=False)
        if name != tag:
            _note(notes, "tags", _CLEANED, name, line)
        if len(name) > MAX_TAG:
            reason = f"a name has more than {MAX_TAG} characters, so it is left out"
            _note(notes, "tags", reason, name, line)
        elif not is_blank(name):
            names.append(name)
    if surplus := names[MAX_TAGS:]:
        _note(
            notes, "tags", f"a post has at most {MAX_TAGS}, so these are left out", ", ".join(surplus), line
        )
    return tuple(names[:MAX_TAGS])


def _fit_authors(authors: Iterable[str], line: int, notes: list[Note]) -> tuple[str, ...]:
    names: list[str] = []
    for author in authors:
        name = _clean(author, multiline=False)
        if name != author:
            _note(notes, "author", _CLEANED, name, line)
        if not is_blank(name):
            names.append(name)
    if surplus := names[_AUTHORS:]:
        reason = f"a post has at most {_AUTHORS} authors, so these are left out"
        _note(notes, "author", reason, ", ".join(surplus), line)
    return tuple(names[:_AUTHORS])
