"""Fixtures: three posts, and requests for lists."""

from __future__ import annotations

import pytest


@pytest.fixture
def get(client):
    return lambda query="": client.get(f"/api/v1/posts?{query}")


@pytest.fixture
def three(people):
    """Create posts b, a and C on three days, and return the author of the first two."""
    ada, bob = people(username="Ada"), people()
    ada.write("b", tags=["x", "y"], published_at="2020-01-01T00:00:00Z", content="Long.")
    ada.write("a", tags=["x"], published_at="2020-01-02T00:00:00Z")
    bob.write("C", tags=["y", "z"], published_at="2020-01-03T00:00:00Z")
    return ada
