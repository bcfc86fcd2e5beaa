"""A service that knows the site which shows its posts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.apps import running_app

SETTINGS = {
    "POST_URL": "https://example.com/{year}/{slug}/",
    "TAG_URL": "https://example.com/topics/{slug}/",
    "AUTHOR_URL": "https://example.com/authors/{slug}/",
    "SITE_TITLE": "Ada & Grace",
    "SITE_DESCRIPTION": "Notes about <engines>.",
    "SITE_LANGUAGE": "en-GB",
    "EDGE_SECONDS": "60",
}


@pytest.fixture(scope="module")
def _site(database_url: str) -> Iterator[Flask]:
    with running_app(database_url, **SETTINGS) as app:
        yield app


@pytest.fixture
def site(app: Flask, _site: Flask) -> FlaskClient:
    """A client of an app with the settings of a site, on the same database as `app`."""
    _site.extensions["response_store"].clear()
    return _site.test_client()
