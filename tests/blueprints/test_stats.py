"""Post statistics: `/stats`."""

from __future__ import annotations

import pytest

NOTHING = {
    "total": 0,
    "statuses": {"draft": 0, "pending": 0, "scheduled": 0, "published": 0, "archived": 0},
    "months": [],
    "authors": [],
    "tags": [],
}


def read(person, query=""):
    reply = person.get(f"/stats{query}")
    assert reply.status_code == 200, reply.text
    return reply.json


def counts(rows):
    """Return the name, published posts and all posts of each author or tag."""
    return [(row.get("username") or row["slug"], row["post_count"], row["total"]) for row in rows]


@pytest.fixture
def ada(people):
    """Return ada, who has posts of every status and one in the trash."""
    ada = people(username="ada")
    ada.write("One", tags=["a", "b"], published_at="2025-12-31T23:59:59.999Z")
    ada.write("Two", tags=["a"], published_at="2026-01-01T00:00:00Z")
    # Still December in UTC.
    ada.write("Three", tags=["a"], published_at="2026-01-01T00:30:00+01:00")
    ada.write("Waiting", tags=["a", "c"], published_at="2999-01-01T00:00:00Z")
    ada.write("Draft", tags=["b"], status="draft")
    ada.write("Old", status="archived", published_at="2020-01-01T00:00:00Z")
    gone = ada.write("Gone", tags=["a", "d"], published_at="2024-01-01T00:00:00Z")
    assert ada.delete(f"/posts/{gone['id']}").status_code == 204
    return ada


@pytest.fixture
def bob(people):
    """Return bob, who has two published posts."""
    bob = people(username="bob")
    bob.write("Four", tags=["b", "e"], published_at="2026-01-20T12:00:00Z")
    bob.write("Five", published_at="2026-02-20T12:00:00Z")
    return bob


def test_authors_see_counts_of_their_own_posts(ada, bob):
    seen = read(ada)
    assert seen["total"] == 6
    assert seen["statuses"] == {"draft": 1, "pending": 0, "scheduled": 1, "published": 3, "archived": 1}
    assert seen["months"] == [{"month": "2026-01", "post_count": 1}, {"month": "2025-12", "post_count": 2}]
    assert seen["authors"] == [
        {"id": ada.id, "username": "ada", "display_name": "ada", "post_count": 3, "total": 6}
    ]
    assert counts(seen["tags"]) == [("a", 3, 4), ("b", 1, 2), ("c", 0, 1)]
    assert set(seen["tags"][0]) == {"id", "name", "slug", "post_count", "total"}


def test_editors_see_counts_of_all_posts(ada, bob, people):
    for role in ("editor", "admin"):
        seen = read(people(role))
        assert seen["total"] == 8
        assert seen["statuses"] == {"draft": 1, "pending": 0, "scheduled": 1, "published": 5, "archived": 1}
        assert [tuple(month.values()) for month in seen["months"]] == [
            ("2026-02", 1),
            ("2026-01", 2),
            ("2025-12", 2),
        ]
        assert counts(seen["authors"]) == [("ada", 3, 6), ("bob", 2, 2)]
        assert counts(seen["tags"]) == [("a", 3, 4), ("b", 2, 3), ("c", 0, 1), ("e", 1, 1)]


def test_a_post_counts_for_each_of_its_authors(ada, bob, people):
    ada.write("Together", co_authors=[bob.id])
    ada.write("A plan", status="draft", co_authors=[bob.id])
    gone = ada.write("Gone", co_authors=[bob.id])
    assert ada.delete(f"/posts/{gone['id']}").status_code == 204
    assert counts(read(ada)["authors"]) == [("ada", 4, 8), ("bob", 1, 2)]
    assert counts(read(bob)["authors"]) == [("bob", 3, 4), ("ada", 1, 2)]
    everyone = read(people("editor"))
    assert counts(everyone["authors"]) == [("ada", 4, 8), ("bob", 3, 4)]
    assert everyone["total"] == 10
    for person, number in ((ada, 4), (bob, 3)):
        assert person.get("/users/me").json["post_count"] == number


def test_users_without_posts_get_zero_counts_and_anonymous_clients_none(ada, people, client):
    assert read(people()) == read(people("reader")) == NOTHING
    assert client.get("/api/v1/stats").status_code == 401


def test_min_posts_omits_authors_and_tags_with_fewer_posts(ada, bob, people):
    seen = read(people("editor"), "?min_posts=3")
    assert counts(seen["authors"]) == [("ada", 3, 6)]
    assert counts(seen["tags"]) == [("a", 3, 4), ("b", 2, 3)]
    assert seen["total"] == 8


def test_authors_and_tags_are_sorted_by_posts_and_limited(ada, bob, people):
    seen = read(people("editor"), "?limit=1&months=2")
    assert counts(seen["authors"]) == [("ada", 3, 6)]
    assert counts(seen["tags"]) == [("a", 3, 4)]
    assert [month["month"] for month in seen["months"]] == ["2026-02", "2026-01"]


def test_statistics_always_take_four_queries(people, count_queries):
    editor = people("editor")
    for number in range(1, 31):
        people().write(tags=[f"tag {number}", "all"])
        if number in (1, 30):
            with count_queries() as statements:
                assert len(read(editor, "?limit=100")["authors"]) == number
            # One more identifies the viewer.
            assert len(statements) == 5


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("min_posts=0", "min_posts", "out_of_range"),
        ("min_posts=9223372036854775808", "min_posts", "out_of_range"),
        ("min_posts=-1", "min_posts", "wrong_type"),
        ("limit=101", "limit", "out_of_range"),
        ("months=1201", "months", "out_of_range"),
        ("months=1&months=2", "months", "repeated"),
        ("min_post=1", "min_post", "unknown"),
    ],
)
def test_an_invalid_parameter_is_reported_by_name(people, query, parameter, code):
    reply = people("editor").get(f"/stats?{query}")
    assert (reply.status_code, reply.json["errors"][0]["parameter"]) == (422, parameter)
    assert reply.json["errors"][0]["code"] == code
