"""Fixtures: an author, and searches."""

from __future__ import annotations

import pytest


@pytest.fixture
def get(client):
    return lambda q, **query: client.get("/api/v1/posts", query_string={"q": q, **query})


@pytest.fixture
def found(get):
    """Return the titles that a search finds, in order."""

    def find(q, **query) -> list[str]:
        reply = get(q, **query)
        assert reply.status_code == 200, reply.text
        return [post["title"] for post in reply.json["data"]]

    return find


@pytest.fixture
def ada(people):
    return people(username="ada")
