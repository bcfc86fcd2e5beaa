"""Capture the log of an app."""

from __future__ import annotations

import logging

import pytest


@pytest.fixture
def logged(make_client, capsys):
    """Create a client of an app with these settings, and a function that returns the lines logged since."""
    logger = logging.getLogger("blog_api")
    before = logger.handlers, logger.level

    def create(**settings):
        client, read = make_client(**settings), capsys.readouterr
        return client, lambda: read().err.splitlines()  # noqa: PLW0108 - reads again on each call

    yield create
    logger.handlers = before[0]
    logger.setLevel(before[1])
