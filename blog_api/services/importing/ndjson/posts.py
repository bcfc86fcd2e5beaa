"""The posts of an export, with their comments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from blog_api.services.importing.digests import digest_file
from blog_api.services.importing.exported.rows import Line, parse, read_lines
from blog_api.services.importing.report import Report
from blog_api.text.documents import Document, DocumentComment
from blog_api.text.exports.documents import read_time, to_document
from blog_api.text.issues import Code, Refused


@dataclass(frozen=True)
class PostLine:
    """A post of an export, and its comments by the numbers of their lines."""

    place: Path
    source: str
    row: Line
    comments: Mapping[int, Line]

    @property
    def line(self) -> int:
        """The number of the line."""
        return self.row.number

    def digest(self, options: str) -> str:
        """Return a digest of the post and its comments."""
        return digest_file(options, b"".join((self.row.raw, *(line.raw for line in self.comments.values()))))

    def read(self) -> Document:
        """Return the post. Raises Refused."""
        try:
            return to_document(parse(self.row), comments=_read_comments(self.comments), line=self.line)
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(Code.LINE_INVALID, f"not what an export writes: {error!r}"[:300]) from error


def _read_comments(lines: Mapping[int, Line]) -> Iterator[DocumentComment]:
    """Yield the comments. They are identified by their times, which no export changes."""
    uids: dict[int, str] = {}
    same = Counter[datetime]()
    for number, line in lines.items():
        values = parse(line)
        created = read_time(values["created_at"])
        uids[number] = f"{created.isoformat()}-{same[created]}"
        same[created] += 1
        yield DocumentComment(
            uid=uids[number],
            parent_uid=uids.get(values["parent"], ""),
            name=None if values["guest_name"] is None else str(values["guest_name"]),
            author=str(values["author"] or ""),
            content=values["content"],
            status=_status(values["status"]),
            created_at=created,
            updated_at=read_time(values["updated_at"]),
        )


def _status(value: Any) -> str:
    if value not in ("pending", "approved", "spam", "deleted"):
        raise ValueError("not the status of a comment")
    return str(value)


class PostTable:
    """The posts of an export. Each is identified by its slug, or by its slug and a number in the trash."""

    def __init__(self, folder: Path, name: str, report: Report) -> None:
        self.path, self._comments = folder / "posts.ndjson", folder / "comments.ndjson"
        self._name, self._report = name, report

    def items(self) -> Iterator[PostLine]:
        """Yield all posts with their comments, which are in the same order."""
        comments = self._numbered_comments()
        post, comment = next(comments, (0, None))
        for line, source in self._sources():
            own: dict[int, Line] = {}
            while comment is not None and post <= line.number:
                if post == line.number:
                    own[comment.number] = comment
                else:
                    self._refuse(comment, "the post is missing, or the comments are not in order")
                post, comment = next(comments, (0, None))
            yield PostLine(self.path, source, line, own)
        while comment is not None:
            self._refuse(comment, "the post is missing")
            post, comment = next(comments, (0, None))

    def sources(self) -> Iterator[tuple[int, str]]:
        """Yield the number of the line of each post, and what identifies the post."""
        return ((line.number, source) for line, source in self._sources())

    def _sources(self) -> Iterator[tuple[Line, str]]:
        trashed: dict[str, int] = {}
        for line in read_lines(self.path):
            try:
                values = parse(line)
            except Refused:
                # Reading the item refuses it, too.
                values = {}
            slug = str(values.get("slug", f"line {line.number}"))[:200]
            if values.get("deleted_at"):
                trashed[slug] = trashed.get(slug, 0) + 1
                slug = f"trash/{slug}/{trashed[slug]}"
            yield line, f"{self._name}/{slug}"

    def _numbered_comments(self) -> Iterator[tuple[int, Line]]:
        """Yield the comments with the numbers of the lines of their posts."""
        for line in read_lines(self._comments):
            try:
                post = parse(line).get("post")
                if not isinstance(post, int):
                    raise Refused(Code.LINE_INVALID, "post must be the number of a line")
                yield post, line
            except Refused as error:
                self._report.refuse(self._comments, error, line=line.number)

    def _refuse(self, comment: Line, detail: str) -> None:
        self._report.refuse(self._comments, Refused(Code.LINE_INVALID, detail), line=comment.number)
