"""Fixtures: an editor, and a service that knows the site."""

from __future__ import annotations

import pytest

from tests.blueprints.redirects.helpers import SITE


@pytest.fixture
def editor(people):
    return people("editor")


@pytest.fixture
def site(make_client):
    """A client of a service that knows the URLs of the site."""
    return make_client(**SITE)
