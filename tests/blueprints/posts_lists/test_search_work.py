"""The work of a search is bounded."""

from __future__ import annotations

import pytest

# More than SQLite ranks, in four posts.
COMMON = "common " * 14_000


def titles(client, q):
    reply = client.get("/api/v1/posts", query_string={"q": q})
    assert reply.status_code == 200
    return [post["title"] for post in reply.json["data"]]


@pytest.mark.parametrize("form", ["{}", '"{}"'])
def test_a_search_has_at_most_twenty_words(client, form):
    words = [f"w{number}" for number in range(21)]
    assert titles(client, form.format(" ".join(words[:20]))) == []
    reply = client.get("/api/v1/posts", query_string={"q": form.format(" ".join(words))})
    assert reply.status_code == 422
    assert reply.json["errors"] == [
        {"parameter": "q", "detail": "Search for at most 20 words.", "code": "too_many"}
    ]


def test_a_repeated_word_counts_once(client):
    assert titles(client, "word " * 90 + "x") == []


def test_a_very_common_word_is_found_and_the_rarer_ones_decide_the_order(people, client):
    ada = people()
    for title in ("One", "Rare", "Three", "Four"):
        ada.write(title, content=f"{COMMON} rare", published_at="2020-01-01T00:00:00Z")
    assert titles(client, "rare common") == ["Rare", "Four", "Three", "One"]
    assert titles(client, "common rare") == ["Rare", "Four", "Three", "One"]
    assert titles(client, "common -rare") == []
    assert titles(client, "common") == titles(client, "comm") == ["Four", "Three", "Rare", "One"]
    assert titles(client, '"common common"') == ["Four", "Three", "Rare", "One"]


def test_pages_of_a_search_without_ranks_do_not_overlap(people, client):
    ada = people()
    for title in ("One", "Two", "Three", "Four"):
        ada.write(title, content=COMMON, published_at="2020-01-01T00:00:00Z")
    first = client.get("/api/v1/posts?q=common&limit=3").json
    cursor = first["pagination"]["next_cursor"]
    second = client.get(f"/api/v1/posts?q=common&limit=3&cursor={cursor}").json
    assert [post["title"] for page in (first, second) for post in page["data"]] == [
        "Four",
        "Three",
        "Two",
        "One",
    ]
