"""Compare the rows of pictures with their objects, independently of the code under test."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask

from blog_api.media.folders import Folder
from tests.sql import Sql


def use_own_store(app: Flask, sql: Sql, folder: Path, patch: pytest.MonkeyPatch) -> StoredMedia:
    """Give the app a media store in a folder that does not exist yet."""
    store = Folder(folder / "media")
    patch.setitem(app.extensions, "media_store", store)
    return StoredMedia(sql, store)


class StoredMedia(NamedTuple):
    """A database and the folder with its pictures."""

    sql: Sql
    store: Folder

    def states(self) -> dict[str, str]:
        """Return the states of all files by their keys."""
        return {row.key: row.state for row in self.sql("SELECT key, state FROM media_files")}

    def sizes(self) -> dict[str, int]:
        """Return the sizes of all objects by their names, unfinished files included."""
        files = (path for path in self.store.path.rglob("*") if path.is_file())
        return {str(path.relative_to(self.store.path)): path.stat().st_size for path in files}

    def make_old(self) -> None:
        """Make all uploads two days old."""
        self.sql("UPDATE media_files SET created_at = :time", time=datetime.now(UTC) - timedelta(days=2))

    def assert_safe(self) -> None:
        """Assert that no object is without a row, and no ready row without its objects."""
        sizes = self.sizes()
        assert {name.partition("/")[0] for name in sizes} <= self.states().keys()
        for row in self.sql("SELECT key, variants FROM media_files WHERE state = 'ready'"):
            for variant in json.loads(row.variants):
                assert sizes[f"{row.key}/{variant['width']}.webp"] == variant["bytes"]
        assert not self.sql(
            "SELECT media.id FROM media JOIN media_files ON media_files.id = file_id WHERE state <> 'ready'"
        )

    def assert_tidy(self) -> None:
        """Assert that all files are ready, and that there are no other objects."""
        self.assert_safe()
        states = self.states()
        assert set(states.values()) <= {"ready"}
        assert {path.name for path in self.store.path.glob("*")} == states.keys()
