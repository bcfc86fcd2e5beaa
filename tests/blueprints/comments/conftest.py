"""Fixtures for comments."""

from __future__ import annotations

import pytest

from tests.blueprints.changes.helpers import Follower


@pytest.fixture
def ada(people):
    """The author of the post."""
    return people("author", username="ada")


@pytest.fixture
def editor(people):
    return people("editor", username="eve")


@pytest.fixture
def reader(people):
    return people("reader", username="rose")


@pytest.fixture
def post_id(ada):
    """The id of a published post."""
    return ada.write()["id"]


@pytest.fixture
def follow(app, client):
    """A function that starts to follow the feed at its end, anonymously or as a person."""
    return lambda person=None: Follower(app, (person or client), person is not None)


@pytest.fixture
def open_to_guests(app, monkeypatch):
    """Let everyone comment."""
    monkeypatch.setitem(app.config, "COMMENTS", "everyone")


@pytest.fixture
def unmoderated(app, monkeypatch):
    """Let no comment of a member wait for an editor."""
    monkeypatch.setitem(app.config, "COMMENTS_MODERATION", "none")
