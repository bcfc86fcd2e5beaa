"""Fixtures: each test has its own media store."""

from __future__ import annotations

import pytest

from blog_api.services.media import clean_up
from tests.stored_media import use_own_store


@pytest.fixture
def stored(app, sql, tmp_path, monkeypatch):
    """The pictures of `app`, in a folder that does not exist yet."""
    return use_own_store(app, sql, tmp_path, monkeypatch)


@pytest.fixture
def clean(app, stored):
    """Delete what interrupted uploads and deletions have left."""

    def run():
        with app.app_context():
            return clean_up(stored.store)

    return run
