"""The attachments and the addresses of posts in an export.

They are in a temporary SQLite database on disk, because there can be hundreds of thousands.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from blog_api.services.importing.wordpress.urls import original

_TABLES = """
    CREATE TABLE attachments (
        id INTEGER PRIMARY KEY, parent INTEGER, original TEXT, url TEXT, alt TEXT, caption TEXT, used INTEGER
    );
    CREATE INDEX by_original ON attachments (original);
    CREATE INDEX by_parent ON attachments (parent);
    CREATE TABLE addresses (path TEXT PRIMARY KEY, post_id INTEGER) WITHOUT ROWID;
    CREATE INDEX by_post ON addresses (post_id);
"""
_ATTACHMENTS = "SELECT url, alt, caption FROM attachments"
# SQLite stores integers of up to 64 bits.
_MAX_DIGITS = 18


class Attachment(NamedTuple):
    """A file in the media library."""

    url: str
    alt: str
    caption: str


def is_id(text: str) -> bool:
    """Return whether the text is an id."""
    return text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS


class Index:
    """Finds attachments and addresses. Use it as a context manager, and only with ids for which `is_id` is true."""

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

    def add_address(self, path: str, post_id: str) -> None:
        """Add the path of a post."""
        self._database.execute("INSERT OR IGNORE INTO addresses VALUES (?, ?)", (path, post_id))

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

    def path_of(self, post_id: str) -> str:
        """Return the path of a post, or ""."""
        row = self._database.execute("SELECT path FROM addresses WHERE post_id = ?", (post_id,)).fetchone()
        return str(row[0]) if row else ""

    def has_address(self, path: str) -> bool:
        """Return whether a post has this path."""
        statement = "SELECT 1 FROM addresses WHERE path = ?"
        return self._database.execute(statement, (path,)).fetchone() is not None
