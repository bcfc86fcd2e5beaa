"""An empty database."""

from __future__ import annotations

import pytest

from tests.apps import running_app


@pytest.fixture
def empty(empty_url):
    """An app in development mode with an empty database."""
    with running_app(empty_url, APP_ENV="development") as app:
        yield app
