"""Fixtures: an empty database."""

from __future__ import annotations

import pytest

from tests.apps import running_app


@pytest.fixture
def empty(empty_url):
    """An app on a database without tables, in an app context."""
    with running_app(empty_url) as app, app.app_context():
        yield app
