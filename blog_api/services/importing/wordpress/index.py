"""The attachments and the addresses of posts of an export.

They are in a temporary SQLite database on disk, because there can be hundreds of thousands.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from blog_api.services.importing.wordpress.urls import original

_TABLES = """
    CREATE TABLE attachments (
        id INTEGER PRIMARY KEY, parent INTEGER, original TEXT, url TEXT, alt TEXT, caption TEXT, used INTEGER
    );
    CREATE INDEX by_original ON attachments (original);
    CREATE INDEX by_parent ON attachments (parent);
    CREATE TABLE posts (
        id INTEGER PRIMARY KEY, path TEXT, slug TEXT, date_gmt TEXT, date TEXT, public INTEGER, target TEXT
    );
    CREATE INDEX by_path ON posts (path);
"""
_ATTACHMENTS = "SELECT url, alt, caption FROM attachments"
_TARGETS = "SELECT coalesce(target, path) FROM posts"
# SQLite stores integers of up to 64 bits.
_MAX_DIGITS = 18


class Attachment(NamedTuple):
    """A file in the media library."""

    url: str
    alt: str
    caption: str


class Post(NamedTuple):
    """A post or page. `path` is the one on the former site, if there is one."""

    id: str
    path: str
    slug: str
    date_gmt: str
    date: str
    is_public: bool


def is_id(text: str) -> bool:
    """Return whether the text is an id."""
    return text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS


class Index:
    """Finds attachments and addresses. Close it after use, and use only ids for which `is_id` is true."""

    def __init__(self) -> None:
        # An empty name stands for a temporary file, which is deleted when the connection is closed.
        self._database = sqlite3.connect("")
        self._database.executescript(_TABLES)

    def close(self) -> None:
        """Delete the database."""
        self._database.close()

    def add_attachment(self, attachment_id: str, parent_id: str, attachment: Attachment) -> None:
        """Add an attachment of a post."""
        values = (attachment_id, parent_id, original(attachment.url), *attachment)
        self._database.execute("INSERT OR IGNORE INTO attachments VALUES (?, ?, ?, ?, ?, ?, 0)", values)

    def add_post(self, post: Post) -> None:
        """Add a post."""
        self._database.execute("INSERT OR IGNORE INTO posts VALUES (?, ?, ?, ?, ?, ?, NULL)", post)

    def attachment(self, attachment_id: str) -> Attachment | None:
        """Return the attachment with this id."""
        row = self._database.execute(f"{_ATTACHMENTS} WHERE id = ?", (attachment_id,)).fetchone()
        return Attachment(*row) if row else None

    def attachments_of(self, post_id: str) -> list[Attachment]:
        """Return the attachments that were uploaded to a post."""
        rows = self._database.execute(f"{_ATTACHMENTS} WHERE parent = ? ORDER BY id", (post_id,))
        return [Attachment(*row) for row in rows]

    def mark_used(self, urls: Iterable[str], ids: Iterable[str]) -> None:
        """Remember that a post shows these attachments."""
        mark = self._database.executemany
        mark("UPDATE attachments SET used = 1 WHERE original = ?", {(original(url),) for url in urls})
        mark("UPDATE attachments SET used = 1 WHERE id = ?", {(each,) for each in ids})

    def count_unused(self) -> int:
        """Return the number of attachments that no post shows."""
        (number,) = self._database.execute("SELECT count(*) FROM attachments WHERE used = 0").fetchone()
        return int(number)

    def posts(self) -> Iterator[Post]:
        """Yield all posts."""
        yield from map(
            Post._make, self._database.execute("SELECT id, path, slug, date_gmt, date, public FROM posts")
        )

    def set_targets(self, targets: Iterable[tuple[str, str]]) -> None:
        """Let links to posts lead to these paths: pairs of a path and the id of a post."""
        self._database.executemany("UPDATE posts SET target = ? WHERE id = ?", targets)

    def path_of(self, post_id: str) -> str:
        """Return the path to which links to a public post lead, or "". Other slugs are secret."""
        return self._target(f"{_TARGETS} WHERE public AND id = ?", post_id)

    def path_at(self, path: str) -> str:
        """Return the path to which links to the post at this path lead, or ""."""
        return self._target(f"{_TARGETS} WHERE path = ?", path)

    def _target(self, statement: str, value: str) -> str:
        row = self._database.execute(statement, (value,)).fetchone()
        return str(row[0]) if row else ""
