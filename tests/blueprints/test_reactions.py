"""Tests of likes and follows."""

from __future__ import annotations

import random

import pytest

from tests.snapshots import differences, snapshot


@pytest.fixture
def post(people):
    return people(username="ada").write()


@pytest.fixture
def like_count(client, post):
    """Return the number of likes of the post, as an anonymous client sees it from the third request on."""
    return lambda: client.get(f"/api/v1/posts/{post['id']}").json["like_count"]


def test_likes_are_counted_once_per_user(people, post, like_count):
    reader, author = people("reader"), people()
    path = f"/posts/{post['id']}/like"
    for person, method, expected in (
        (reader, "PUT", 1),
        (reader, "PUT", 1),
        (author, "PUT", 2),
        (reader, "DELETE", 1),
        (reader, "DELETE", 1),
        (author, "DELETE", 0),
    ):
        reply = person.request(method, path)
        assert (reply.status_code, reply.data) == (204, b"")
        assert [like_count() for _ in range(3)] == [expected] * 3


def test_only_visible_posts_can_be_liked(people, client):
    ada, reader = people(), people("reader")
    draft = f"/posts/{ada.write(status='draft')['id']}/like"
    for method in ("PUT", "DELETE"):
        assert reader.request(method, draft).status_code == 404
        assert reader.request(method, "/posts/999999/like").status_code == 404
        assert ada.request(method, draft).status_code == 204
        assert client.open(f"/api/v1{draft}", method=method).status_code == 401


def test_a_like_changes_neither_the_version_of_a_post_nor_other_cached_responses(
    people, client, post, count_queries
):
    other, reader = people().write("Other"), people("reader")
    before = client.get(f"/api/v1/posts/{post['id']}").headers["ETag"]
    for _ in range(2):
        client.get(f"/api/v1/posts/{other['id']}")
    assert reader.put(f"/posts/{post['id']}/like").status_code == 204
    after = client.get(f"/api/v1/posts/{post['id']}").headers["ETag"]
    assert before != after
    assert before.partition("-")[0] == after.partition("-")[0]
    with count_queries() as sent:
        assert client.get(f"/api/v1/posts/{other['id']}").status_code == 200
    assert len(sent) == 1


def test_dry_runs_of_likes_and_follows_leave_no_trace(people, post, sql):
    reader, ada = people("reader"), people()
    before = snapshot(sql)
    for path in (f"/posts/{post['id']}/like", f"/users/{ada.id}/follow"):
        for method in ("PUT", "DELETE"):
            reply = reader.request(method, f"{path}?dry_run=true")
            assert (reply.status_code, reply.headers["Dry-Run"]) == (204, "true")
    assert not differences(before, snapshot(sql))


def test_counts_are_exact_if_many_users_like_and_unlike_at_the_same_time(
    people, post, concurrently, like_count, sql
):
    chance, readers = random.Random(3), [people("reader") for _ in range(6)]
    path = f"/posts/{post['id']}/like"
    requests: list[tuple] = [
        (reader, method, path, None) for reader in readers for method in ("PUT", "DELETE", "PUT", "PUT")
    ]
    chance.shuffle(requests)
    assert {reply.status_code for reply in concurrently(requests)} == {204}
    assert like_count() == sql.one("SELECT count(*) FROM likes")


def test_first_likes_at_the_same_time_are_all_counted(people, post, concurrently, like_count):
    readers = [people("reader") for _ in range(12)]
    path = f"/posts/{post['id']}/like"
    # Each of them twice, as after a double click.
    replies = concurrently([(reader, "PUT", path, None) for reader in readers for _ in range(2)])
    assert {reply.status_code for reply in replies} == {204}
    assert like_count() == len(readers)


@pytest.mark.parametrize("query", ["", "?anonymise=true"])
def test_the_likes_and_follows_of_a_former_account_are_gone(people, post, like_count, sql, query):
    reader, other, author = people("reader"), people("reader"), people()
    second = author.write("Second")["id"]
    for person in (reader, other):
        for path in (f"/posts/{post['id']}/like", f"/posts/{second}/like", f"/users/{author.id}/follow"):
            assert person.put(path).status_code == 204
    assert other.put(f"/users/{reader.id}/follow").status_code == 204
    assert people("admin").delete(f"/users/{reader.id}{query}").status_code == 204
    assert like_count() == 1
    assert author.get(f"/posts/{second}").json["like_count"] == 1
    assert sql("SELECT follower_id, author_id FROM follows") == [(other.id, author.id)]
    assert {row[0] for row in sql("SELECT user_id FROM likes")} == {other.id}


@pytest.mark.parametrize("query", ["", "?anonymise=true"])
def test_likes_while_an_account_is_deleted_are_counted_exactly(people, concurrently, sql, query):
    author, admin = people(), people("admin")
    posts = [author.write(f"Post {number}")["id"] for number in range(4)]
    for _ in range(3):
        reader, stays = people("reader"), people("reader")
        requests: list[tuple] = [
            (person, method, f"/posts/{post_id}/like", None)
            for post_id in posts
            for person, method in ((reader, "PUT"), (reader, "DELETE"), (reader, "PUT"), (stays, "PUT"))
        ]
        requests.insert(6, (admin, "DELETE", f"/users/{reader.id}{query}", None))
        assert concurrently(requests)[6].status_code == 204
        assert sql.one("SELECT count(*) FROM likes WHERE user_id = :id", id=reader.id) == 0
        counted = dict(sql("SELECT post_id, likes FROM post_activity")[:])
        likes = sql("SELECT post_id, count(*) FROM likes GROUP BY post_id")
        assert {post_id: number for post_id, number in counted.items() if number} == dict(likes[:])


def test_following_is_idempotent(people, sql):
    reader, author = people("reader"), people()
    path = f"/users/{author.id}/follow"
    for method, expected in (("PUT", 1), ("PUT", 1), ("DELETE", 0), ("DELETE", 0), ("PUT", 1)):
        assert reader.request(method, path).status_code == 204
        assert sql.one("SELECT count(*) FROM follows") == expected
    for method in ("PUT", "DELETE"):
        assert reader.request(method, "/users/999999/follow").status_code == 404
        assert reader.client.open(f"/api/v1{path}", method=method).status_code == 401


def test_concurrent_follows_all_succeed(people, concurrently, sql):
    reader, author = people("reader"), people()
    requests: list[tuple] = [
        (reader, method, f"/users/{author.id}/follow", None) for method in ("PUT", "PUT", "DELETE") * 4
    ]
    assert {reply.status_code for reply in concurrently(requests)} == {204}
    assert sql.one("SELECT count(*) FROM follows") <= 1


def test_likes_and_follows_count_towards_the_limit_of_writes(make_client, people, post):
    client = make_client(RATELIMIT_ENABLED="true", RATELIMIT_WRITE="2 per hour")
    headers = people("reader").headers
    paths = [f"/api/v1/posts/{post['id']}/like", f"/api/v1/users/{post['author']['id']}/follow"]
    assert [client.put(path, headers=headers).status_code for path in (*paths, *paths)] == [
        204,
        204,
        429,
        429,
    ]
