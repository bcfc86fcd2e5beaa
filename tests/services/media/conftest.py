"""Fixtures: each test has its own media store."""

from __future__ import annotations

import pytest

from blog_api.media.folders import Folder
from blog_api.services.media import clean_up
from tests.stored_media import StoredMedia


@pytest.fixture
def stored(app, sql, tmp_path, monkeypatch):
    """The pictures of `app`, in a folder that does not exist yet."""
    store = Folder(tmp_path / "media")
    monkeypatch.setitem(app.extensions, "media_store", store)
    return StoredMedia(sql, store)


@pytest.fixture
def clean(app, stored):
    """Delete what interrupted uploads and deletions have left."""

    def run():
        with app.app_context():
            return clean_up(stored.store)

    return run
