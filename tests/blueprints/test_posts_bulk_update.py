"""Bulk updates by filter: the same results as single changes, in a few statements."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from blog_api.crud import batches
from tests.blueprints.bulk_updates import KINDS, change, changed, names


def version(person, post):
    return int(person.get(f"/posts/{post['id']}").headers["ETag"].strip('"').partition("-")[0])


def count_tags(sql):
    return sql.one("SELECT count(*) FROM tags")


@pytest.fixture
def long_ago(sql):
    """Set updated_at of all posts to a date years ago, and return it."""
    time = datetime(2001, 1, 1, tzinfo=UTC)

    def age():
        sql("UPDATE posts SET updated_at = :time", time=time)
        return "2001-01-01T00:00:00Z"

    return age


@pytest.mark.parametrize("status", ["draft", "published", "archived"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_bulk_status_change_equals_single_changes(people, kind, status):
    ada = people()
    one, other = ada.write("One", **KINDS[kind]), ada.write("Other", tags=["these"], **KINDS[kind])
    single = ada.patch(f"/posts/{one['id']}", {"status": status}).json
    assert changed(change(ada, "?status=all&tag=these", status=status)) == version(ada, one) - 1
    after = ada.get(f"/posts/{other['id']}").json
    assert after["status"] == single["status"]
    if single["published_at"] != one["published_at"]:
        # Each was published at the time of its own change.
        assert one["published_at"] is None
        assert after["published_at"] >= single["published_at"]
    else:
        assert after["published_at"] == single["published_at"]
    assert version(ada, other) == version(ada, one)


def test_tags_are_added_removed_and_created_if_missing(people):
    ada = people()
    posts = [ada.write("Two", tags=["old", "b"]), ada.write("One", tags=["old"]), ada.write("None")]
    assert changed(change(ada, "?tag=old", add_tags=["New", "B"], remove_tags=["Old", "unheard of"])) == 2
    after = [ada.get(f"/posts/{post['id']}").json for post in posts]
    assert [names(post) for post in after] == [["b", "New"], ["b", "New"], []]
    assert [version(ada, post) for post in posts] == [2, 2, 1]
    assert [post["title"] for post in ada.get("/posts?tag=new").json["data"]] == ["One", "Two"]
    assert ada.get("/posts?tag=old").json["data"] == []
    counts = {tag["slug"]: tag["post_count"] for tag in people("editor").get("/tags").json["data"]}
    assert counts == {"old": 0, "b": 2, "new": 2}


def test_post_counts_of_tags_follow_a_status_change(people):
    ada = people()
    ada.write("One", tags=["a"], status="draft")
    change(ada, "?status=draft", status="published", add_tags=["b"])
    for tag in "ab":
        assert [post["title"] for post in ada.get(f"/posts?tag={tag}").json["data"]] == ["One"]
    change(ada, status="archived")
    for tag in "ab":
        assert ada.get(f"/posts?tag={tag}").json["data"] == []


def test_posts_already_in_the_requested_state_are_neither_changed_nor_counted(people, long_ago):
    ada = people()
    same = ada.write("Same", status="archived", tags=["A"])
    other = ada.write("Other", status="archived", tags=["x"])
    since = long_ago()
    body = {"status": "archived", "add_tags": ["a"], "remove_tags": ["b"]}
    assert changed(change(ada, "?status=all", **body)) == 1
    assert [version(ada, post) for post in (same, other)] == [1, 2]
    assert ada.get(f"/posts/{same['id']}").json["updated_at"] == since
    assert ada.get(f"/posts/{other['id']}").json["updated_at"] > since
    assert changed(change(ada, "?status=all", **body)) == 0
    assert changed(change(ada, "?status=all")) == 0


@pytest.mark.parametrize(
    "body", [{"status": "archived"}, {"add_tags": ["new"]}, {"remove_tags": ["a"]}], ids=str
)
def test_a_change_increments_the_version_and_sets_updated_at(people, long_ago, body):
    ada = people()
    path = f"/posts/{ada.write(tags=['a'])['id']}"
    since, read = long_ago(), ada.get(path).headers["ETag"]
    assert changed(change(ada, **body)) == 1
    assert ada.get(path).json["updated_at"] > since
    assert ada.patch(path, {"title": "x"}, headers={"If-Match": read}).status_code == 412


def test_a_dry_run_counts_posts_and_changes_nothing(people, sql):
    ada = people()
    posts = [ada.write(f"Post {n}", tags=["a"]) for n in range(3)]
    tags = count_tags(sql)
    body = {"status": "draft", "add_tags": ["brand new"], "remove_tags": ["a"]}
    # The second request uses the cached query.
    for _ in range(2):
        reply = change(ada, "?tag=a&dry_run=true", **body)
        assert (reply.status_code, reply.json) == (200, {"changed": 3, "dry_run": True})
    assert [ada.get(f"/posts/{post['id']}").json for post in posts] == posts
    assert ([version(ada, post) for post in posts], count_tags(sql)) == ([1, 1, 1], tags)
    assert change(ada, "?tag=a&dry_run=false", **body).json == {"changed": 3, "dry_run": False}
    assert changed(change(ada, "?tag=a&dry_run=true", **body)) == 0


def test_a_bulk_update_cannot_exceed_the_tag_limit_of_a_post(people):
    ada = people()
    many = [f"tag {n:02}" for n in range(49)]
    full, other = ada.write("Full", tags=many), ada.write("Other")
    for query in ("", "?dry_run=true"):
        reply = change(ada, query, add_tags=["one", "two"], remove_tags=["unheard of"])
        assert (reply.status_code, reply.json["errors"][0]["code"]) == (422, "too_many")
        assert reply.json["detail"] == "/add_tags: 1 of the posts would have more than 50 tags."
    assert [version(ada, post) for post in (full, other)] == [1, 1]
    assert changed(change(ada, add_tags=["one", "two", "tag 05"], remove_tags=["tag 00"])) == 2
    assert [len(ada.get(f"/posts/{post['id']}").json["tags"]) for post in (full, other)] == [50, 3]


@pytest.mark.parametrize(
    ("query", "body", "where"),
    [
        ("", {"status": "scheduled"}, {"pointer": "/status"}),
        ("", {"status": None}, {"pointer": "/status"}),
        ("", {"title": "x"}, {"pointer": "/title"}),
        ("", {"add_tags": [""]}, {"pointer": "/add_tags/0"}),
        ("", {"add_tags": [f"t{n}" for n in range(51)]}, {"pointer": "/add_tags"}),
        ("", {"add_tags": ["Open Source"], "remove_tags": ["opensource"]}, {"pointer": "/remove_tags"}),
        ("?dry_run=yes", {}, {"parameter": "dry_run"}),
        ("?limit=5", {}, {"parameter": "limit"}),
        ("?sort=title", {}, {"parameter": "sort"}),
        ("?tga=a", {}, {"parameter": "tga"}),
    ],
    ids=str,
)
def test_invalid_input_is_reported_with_its_location(people, query, body, where):
    reply = change(people(), query, **body)
    assert reply.status_code == 422
    (fault,) = reply.json["errors"]
    assert where.items() <= fault.items()


def test_many_posts_take_as_many_statements_as_one(people, count_queries):
    ada = people()
    body = {"status": "draft", "add_tags": ["b", "c"], "remove_tags": ["a"]}
    counts = []
    for number in (1, 30):
        for n in range(number):
            ada.write(f"Post {n}", tags=["a", "z"])
        change(ada, "?tag=z", add_tags=["b", "c"])
        change(ada, "?tag=z", remove_tags=["b", "c"])
        with count_queries() as statements:
            assert changed(change(ada, "?tag=z", **body)) == number
        counts.append(len(statements))
    assert counts[0] == counts[1] < 15


def test_posts_beyond_the_limit_of_a_statement_are_changed_in_batches(people, monkeypatch):
    monkeypatch.setattr(batches, "BATCH", 2)
    ada = people()
    for n in range(5):
        ada.write(f"Post {n}", tags=["a", *(f"t{m}" for m in range(48 + n // 4))])
    reply = change(ada, add_tags=["b", "c"], remove_tags=["a"])
    assert reply.json["detail"] == "/add_tags: 1 of the posts would have more than 50 tags."
    assert changed(change(ada, add_tags=["b"], remove_tags=["a"])) == 5
    assert {len(post["tags"]) for post in ada.get("/posts").json["data"]} == {49, 50}


def test_a_retry_with_the_same_idempotency_key_runs_once(people):
    ada, key = people(), {"Idempotency-Key": "k"}
    post, path = ada.write(), "/posts/bulk/update"
    first = ada.post(path, {"status": "draft"}, headers=key)
    ada.patch(f"/posts/{post['id']}", {"status": "published"})
    assert (
        ada.post(path, {"status": "draft"}, headers=key).json
        == first.json
        == {"changed": 1, "dry_run": False}
    )
    assert ada.get(f"/posts/{post['id']}").json["status"] == "published"
    assert ada.post(f"{path}?author=ada", {"status": "draft"}, headers=key).status_code == 422
