"""Tests of related posts, and of the previous and the next post."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from blog_api.schemas.post_fields import SELECTABLE_FIELDS
from tests.blueprints.posts_lists.helpers import titles

START = datetime(2020, 1, 1, tzinfo=UTC)


def day(number: int) -> str:
    return (START + timedelta(days=number)).isoformat()


@pytest.fixture
def ada(people):
    return people(username="ada")


@pytest.fixture
def write(ada):
    """Create a post on a day, and return its path."""

    def written(title, number=0, *tags, **fields):
        fields = {"published_at": day(number), "tags": list(tags)} | fields
        return f"/posts/{ada.write(title, **fields)['id']}"

    return written


@pytest.fixture
def related(client):
    return lambda path, query="": client.get(f"/api/v1{path}/related?{query}")


@pytest.fixture
def around(client):
    """Return the titles of the previous and the next post."""

    def titles_around(path, query="", **options):
        reply = client.get(f"/api/v1{path}/neighbours?{query}", **options)
        assert reply.status_code == 200, reply.text
        return tuple(post and post["title"] for post in (reply.json["previous"], reply.json["next"]))

    return titles_around


def test_related_posts_share_tags_and_rare_tags_count_more(write, related):
    path = write("post", 9, "common", "rare", "other")
    for number in range(4):
        write(f"common {number}", number, "common")
    write("rare", 4, "rare")
    write("both", 5, "common", "rare")
    write("none", 6)
    write("another", 7, "unrelated")
    reply = related(path)
    assert titles(reply) == ["both", "rare", "common 3", "common 2", "common 1"]
    assert reply.json["pagination"] == {"limit": 5, "next_cursor": None, "prev_cursor": None}
    assert titles(related(path, "limit=1")) == ["both"]
    assert len(titles(related(path, "limit=20"))) == 6


def test_only_public_posts_of_the_kind_post_are_related(write, related, ada):
    path = write("post", 0, "a")
    write("page", 1, "a", kind="page")
    write("draft", 1, "a", status="draft", published_at=None)
    write("scheduled", 1, "a", published_at="2999-01-01T00:00:00Z")
    assert ada.delete(write("trashed", 1, "a")).status_code == 204
    assert titles(related(path)) == []
    write("public", 1, "a")
    assert titles(related(path)) == titles(ada.get(f"{path}/related")) == ["public"]


def test_the_author_of_a_draft_sees_what_is_related_to_it(write, related, ada, people):
    write("public", 0, "a")
    draft = write("draft", 0, "a", status="draft", published_at=None)
    assert titles(ada.get(f"{draft}/related")) == ["public"]
    for path in (f"{draft}/related", f"{draft}/neighbours", "/posts/999999/related"):
        assert people("author").get(path).status_code == 404
        assert ada.client.get(f"/api/v1{path}").status_code == 404


def test_related_posts_have_the_fields_of_a_list(write, related, client):
    path = write("post", 0, "a")
    write("other", 1, "a")
    (whole,) = client.get("/api/v1/posts?tag=a&limit=1").json["data"]
    assert related(path).json["data"] == [whole]
    assert related(path, "fields=id,html").json["data"] == [{"id": whole["id"], "html": "<p>Text.</p>\n"}]
    for query in ("limit=21", "limit=0", "cursor=x", "fields=excerpt", "sort=title"):
        assert related(path, query).status_code == 422, query


def test_each_field_can_be_selected_alone(write, client):
    path = write("post", 0, "a")
    write("other", 1, "a")
    for field in SELECTABLE_FIELDS:
        (post,) = client.get(f"/api/v1/posts?tag=a&limit=1&fields={field}").json["data"]
        assert list(post) == [field]
        assert client.get(f"/api/v1{path}/related?fields={field}").json["data"] == [post]
        assert client.get(f"/api/v1{path}/neighbours?fields={field}").json["next"] == post


def test_related_posts_and_neighbours_are_cached_until_content_changes(write, client, count_queries):
    path = write("post", 0, "a")
    write("old", 1, "a")
    for view, statements in (("related", 2), ("neighbours", 1)):
        for _ in range(2):
            first = client.get(f"/api/v1{path}/{view}")
        with count_queries() as sent:
            again = client.get(f"/api/v1{path}/{view}")
        assert [statement.split()[1] for statement in sent] == ["content_version.version"]
        assert (again.data, again.headers["ETag"]) == (first.data, first.headers["ETag"])
        unchanged = client.get(f"/api/v1{path}/{view}", headers={"If-None-Match": first.headers["ETag"]})
        assert unchanged.status_code == 304
        with count_queries() as sent:
            client.get(f"/api/v1{path}/{view}?fields=id,title,authors,tags")
        assert len(sent) == statements
    write("new", 2, "a")
    assert titles(client.get(f"/api/v1{path}/related")) == ["new", "old"]


def test_shared_caches_can_purge_related_posts_by_the_tags_of_the_post(make_client, write, ada):
    path = write("post", 0, "a")
    other = ada.write("other", tags=["b"], published_at=day(1))
    assert ada.patch(path, {"tags": ["a", "b"]}).status_code == 200
    reply = make_client(EDGE_SECONDS="60").get(f"/api/v1{path}/related")
    keys = [f"tag-{tag['id']}" for tag in ada.get(path).json["tags"]]
    post_keys = {f"post-{path.rpartition('/')[2]}", f"post-{other['id']}", f"user-{ada.id}"}
    assert set(reply.headers["Surrogate-Key"].split()) == {*keys, *post_keys}


def test_related_posts_are_the_same_as_those_of_a_naive_computation(ada, related):
    chance = random.Random(5)
    posts = []
    for number in range(40):
        names = chance.sample("abcdef", chance.randint(0, 4))
        posts.append(ada.write(f"{number}", tags=names, published_at=day(number // 3)))
    tags_of = {post["id"]: {tag["name"] for tag in post["tags"]} for post in posts}
    counts = {tag: sum(tag in tags for tags in tags_of.values()) for tag in "abcdef"}
    published = {post["id"]: post["published_at"] for post in posts}
    for post_id, tags in tags_of.items():
        scores = {
            other: sum(1_000_000 // counts[tag] for tag in tags & theirs)
            for other, theirs in tags_of.items()
            if other != post_id and tags & theirs
        }
        best = sorted(scores, key=lambda other: (scores[other], published[other], other), reverse=True)
        found = related(f"/posts/{post_id}", "limit=20&fields=id").json["data"]
        assert [post["id"] for post in found] == best[:20]


def test_neighbours_are_the_posts_published_before_and_after(write, around, ada):
    paths = [write(name, number) for number, name in enumerate("abc")]
    write("page", 1, kind="page")
    write("draft", 1, status="draft", published_at=None)
    write("scheduled", 1, published_at="2999-01-01T00:00:00Z")
    assert [around(path) for path in paths] == [(None, "b"), ("a", "c"), ("b", None)]
    assert around(paths[1], headers=ada.headers) == ("a", "c")


def test_posts_published_at_the_same_time_are_ordered_by_id(write, around):
    paths = [write(name) for name in "abc"]
    assert [around(path) for path in paths] == [(None, "b"), ("a", "c"), ("b", None)]


def test_neighbours_of_one_tag_or_author(write, around, people, ada):
    bob = people(username="bob")
    bob.write("by bob", tags=["x"], published_at=day(0))
    write("x and y", 1, "x", "y")
    path = write("post", 2, "x", "y")
    write("plain", 3)
    bob.write("with ada", published_at=day(4), co_authors=[ada.id], tags=["y"])
    bob.write("bob again", published_at=day(5), tags=["x"])
    assert around(path) == ("x and y", "plain")
    assert around(path, "tag=x") == ("x and y", "bob again")
    assert around(path, "tag=y") == ("x and y", "with ada")
    assert around(path, "author=bob") == around(path, f"author={bob.id}") == ("by bob", "with ada")
    assert around(path, "author=ada&tag=y") == ("x and y", "with ada")
    assert around(path, "tag=unknown") == around(path, "author=unknown") == (None, None)
    editor = people("editor")
    (tag,) = [tag for tag in ada.get(path).json["tags"] if tag["name"] == "x"]
    assert editor.patch(f"/tags/{tag['id']}", {"slug": "z"}).status_code == 200
    assert around(path, "tag=x") == around(path, "tag=z") == ("x and y", "bob again")


def test_a_page_and_a_post_that_is_not_public_have_no_neighbours(write, around, ada):
    write("first", 0)
    page = write("page", 1, kind="page")
    scheduled = write("scheduled", 1, published_at="2999-01-01T00:00:00Z")
    archived = write("archived", 1, status="archived")
    assert around(page) == (None, None)
    for path in (scheduled, archived):
        assert around(path, headers=ada.headers) == (None, None)


def test_neighbours_have_the_fields_of_a_list(write, client):
    write("a", 0)
    path = write("b", 1)
    (_, whole) = client.get("/api/v1/posts").json["data"]
    assert client.get(f"/api/v1{path}/neighbours").json == {"previous": whole, "next": None}
    chosen = client.get(f"/api/v1{path}/neighbours?fields=title").json
    assert chosen == {"previous": {"title": "a"}, "next": None}
    for query in ("author=a,b", "tag=a&tag=b", "limit=1", "fields=excerpt"):
        assert client.get(f"/api/v1{path}/neighbours?{query}").status_code == 422, query
