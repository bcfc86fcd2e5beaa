"""The posts of an export, with their comments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from blog_api.schemas.users import USERNAME_PATTERN
from blog_api.services.importing.digests import digest_file
from blog_api.services.importing.exported.rows import Line, parse, read_lines
from blog_api.services.importing.report import Report
from blog_api.text.documents import Document, DocumentComment
from blog_api.text.exports.documents import read_time, to_document
from blog_api.text.issues import Code, Refused
from blog_api.text.slugs import SLUG_PATTERN

Typed = TypeVar("Typed")


@dataclass(frozen=True)
class PostLine:
    """A post of an export, and its comments by the numbers of their lines."""

    place: Path
    source: str
    row: Line
    comments: Mapping[int, _Comment]

    @property
    def line(self) -> int:
        """The number of the line."""
        return self.row.number

    def digest(self, options: str) -> str:
        """Return a digest of the post and its comments."""
        return digest_file(
            options, b"".join((self.row.raw, *(comment.raw for comment in self.comments.values())))
        )

    def read(self) -> Document:
        """Return the post. Raises Refused."""
        try:
            return to_document(parse(self.row), comments=_identified(self.comments.values()), line=self.line)
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(Code.LINE_INVALID, f"not what an export writes: {error!r}"[:300]) from error


class _Comment(NamedTuple):
    """A comment on a post, with the numbers of its line and of those that it refers to."""

    number: int
    raw: bytes
    post: int
    parent: int | None
    comment: DocumentComment


def _read_comment(line: Line) -> _Comment:
    """Read a comment, which has no ids yet. Raises Refused."""
    values = parse(line)
    try:
        comment = DocumentComment(
            uid="",
            parent_uid="",
            name=_optional(str, values["guest_name"]),
            author=_username(values["author"]),
            content=_typed(str, values["content"]),
            status=_status(values["status"]),
            created_at=read_time(values["created_at"]),
            updated_at=read_time(values["updated_at"]),
        )
        parent = _optional(int, values["parent"])
        return _Comment(line.number, line.raw, _typed(int, values["post"]), parent, comment)
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(Code.LINE_INVALID, f"not what an export writes: {error!r}"[:300]) from error


def _identified(comments: Iterable[_Comment]) -> Iterator[DocumentComment]:
    """Yield the comments with ids. They are identified by their times, which no export changes."""
    uids: dict[int | None, str] = {}
    same = Counter[datetime]()
    for number, _, _, parent, comment in comments:
        created = comment.created_at
        uids[number] = f"{created.isoformat()}-{same[created]}"
        same[created] += 1
        yield comment._replace(uid=uids[number], parent_uid=uids.get(parent, ""))


def _typed(kind: type[Typed], value: Any) -> Typed:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is not of the type {kind.__name__}")
    return value


def _optional(kind: type[Typed], value: Any) -> Typed | None:
    return None if value is None else _typed(kind, value)


def _username(value: Any) -> str:
    if value is None:
        return ""
    if not re.fullmatch(USERNAME_PATTERN, _typed(str, value)):
        raise ValueError("not a username")
    return str(value)


def _status(value: Any) -> str:
    if value not in ("pending", "approved", "spam", "deleted"):
        raise ValueError("not the status of a comment")
    return str(value)


def _slug_of(line: Line) -> tuple[str, bool]:
    """Return what identifies the post of a line, and whether the post is in the trash."""
    try:
        values = parse(line)
    except Refused:
        # Reading the item refuses it, too.
        values = {}
    slug = values.get("slug")
    if not isinstance(slug, str) or not re.fullmatch(SLUG_PATTERN, slug):
        slug = f"line {line.number}"
    return slug[:200], bool(values.get("deleted_at"))


class PostTable:
    """The posts of an export. Each is identified by its slug, or by its slug and a number in the trash."""

    def __init__(self, folder: Path, name: str, report: Report) -> None:
        self.path, self._comments = folder / "posts.ndjson", folder / "comments.ndjson"
        self._name, self._report = name, report

    def items(self) -> Iterator[PostLine]:
        """Yield all posts with their comments, which are in the same order."""
        comments = self._read_comments()
        comment = next(comments, None)
        for line, source in self._sources():
            own: dict[int, _Comment] = {}
            while comment is not None and comment.post <= line.number:
                if comment.post == line.number:
                    own[comment.number] = comment
                else:
                    self._refuse(comment, "the post is missing, or the comments are not in order")
                comment = next(comments, None)
            yield PostLine(self.path, source, line, own)
        while comment is not None:
            self._refuse(comment, "the post is missing")
            comment = next(comments, None)

    def sources(self) -> Iterator[tuple[int, str]]:
        """Yield the number of the line of each post, and what identifies the post."""
        return ((line.number, source) for line, source in self._sources())

    def _sources(self) -> Iterator[tuple[Line, str]]:
        trashed: dict[str, int] = {}
        for line in read_lines(self.path):
            slug, is_trashed = _slug_of(line)
            if is_trashed:
                trashed[slug] = trashed.get(slug, 0) + 1
                slug = f"trash/{slug}/{trashed[slug]}"
            yield line, f"{self._name}/{slug}"

    def _read_comments(self) -> Iterator[_Comment]:
        """Yield the valid comments. Report the others."""
        for line in read_lines(self._comments):
            try:
                yield _read_comment(line)
            except Refused as error:
                self._report.refuse(self._comments, error, line=line.number)

    def _refuse(self, comment: _Comment, detail: str) -> None:
        self._report.refuse(self._comments, Refused(Code.LINE_INVALID, detail), line=comment.number)
