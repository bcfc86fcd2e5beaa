"""The counts of comments and likes of posts, and the cached responses that show them."""

from __future__ import annotations

import threading

import pytest

from blog_api.crud.activity import count_activity
from blog_api.database.session import transaction

POSTS = "/api/v1/posts"


@pytest.fixture
def post_id(people):
    return people().write()["id"]


@pytest.fixture
def count(app):
    """Count activity in a transaction of its own."""

    def add(post_id, **counts):
        with app.app_context(), transaction():
            count_activity(post_id, **counts)

    return add


def fill_cache(client, path):
    return [client.get(path) for _ in range(2)][-1]


def counts(post):
    return post["comment_count"], post["like_count"]


def test_a_post_without_activity_has_counts_of_zero(client, post_id):
    assert counts(client.get(f"{POSTS}/{post_id}").json) == (0, 0)


def test_activity_adds_to_the_counts_of_one_post(client, people, post_id, count):
    other = people().write()["id"]
    count(post_id, comments=2, likes=1)
    count(post_id, comments=-1, likes=3)
    assert counts(client.get(f"{POSTS}/{post_id}").json) == (1, 4)
    assert counts(client.get(f"{POSTS}/{other}").json) == (0, 0)


def test_written_posts_show_their_counts(people, count):
    ada = people()
    post_id = ada.write()["id"]
    count(post_id, comments=2)
    changed = ada.patch(f"/posts/{post_id}", {"title": "New"})
    assert counts(changed.json) == (2, 0)
    assert ada.get(f"/posts/{post_id}").headers["ETag"] == changed.headers["ETag"]


def test_a_cached_post_is_served_until_its_activity_changes(client, post_id, count, count_queries):
    path = f"{POSTS}/{post_id}"
    before = fill_cache(client, path)
    with count_queries() as statements:
        assert client.get(path).data == before.data
    assert len(statements) == 1
    count(post_id, likes=1)
    after = fill_cache(client, path)
    assert counts(after.json) == (0, 1)
    assert after.headers["ETag"] != before.headers["ETag"]
    count(post_id, likes=-1)
    assert counts(client.get(path).json) == (0, 0)


def test_activity_leaves_the_cached_responses_of_other_posts_alone(
    client, people, post_id, count, monkeypatch
):
    others = [f"{POSTS}/{people().write()['id']}", POSTS, f"{POSTS}/{post_id}?fields=title"]
    before = [fill_cache(client, path).data for path in others]
    count(post_id, comments=1)
    monkeypatch.setattr(client.application, "full_dispatch_request", lambda: pytest.fail("Flask was asked"))
    assert [client.get(path).data for path in others] == before


@pytest.mark.parametrize("field", ["comment_count", "like_count"])
def test_a_list_that_shows_counts_is_never_cached(client, post_id, count, field):
    path = f"{POSTS}?fields=id,{field}"
    assert fill_cache(client, path).json["data"] == [{"id": post_id, field: 0}]
    count(post_id, comments=1, likes=1)
    assert client.get(path).json["data"] == [{"id": post_id, field: 1}]


def test_concurrent_activity_is_counted_exactly(app, client, post_id, count):
    threads = [threading.Thread(target=count, args=[post_id], kwargs={"likes": 1}) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.get(f"{POSTS}/{post_id}").json["like_count"] == 20
