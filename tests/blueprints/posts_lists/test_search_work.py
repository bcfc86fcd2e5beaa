"""The work of a search is bounded."""

from __future__ import annotations

import itertools

import pytest

from blog_api.database import connections

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


def test_the_work_of_a_search_for_common_words_has_a_limit_on_sqlite(
    people, client, monkeypatch, database_url
):
    if not database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL ranks by the row, without reading all occurrences")
    ada, words = people(), [f"common{number}" for number in range(20)]

    def work_with(posts):
        for _ in range(posts):
            ada.write(content=f"{' '.join(words)} " * 600, published_at="2020-01-01T00:00:00Z")
        # SQLite asks for the remaining time after each so many instructions.
        asked = itertools.count()
        monkeypatch.setattr(connections, "seconds_left", lambda: next(asked) + 1)
        assert len(titles(client, " ".join(words))) == len(client.get("/api/v1/posts").json["data"])
        monkeypatch.undo()
        return next(asked)

    few = work_with(4)
    assert few > 20
    assert work_with(8) < 1.5 * few
