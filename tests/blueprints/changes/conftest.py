"""Fixtures for the feed of changes."""

from __future__ import annotations

import pytest

from tests.blueprints.changes.helpers import Follower


@pytest.fixture
def follow(app, client):
    """A function that starts to follow the feed at its end, anonymously or as a person."""
    return lambda person=None: Follower(app, (person or client), person is not None)
