"""Concurrent writes to a thread."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.apps import statuses
from tests.blueprints.comments.helpers import comment, count, thread
from tests.waiting import wait_until


def approved(sql, post_id):
    return sql.one("SELECT count(*) FROM comments WHERE post_id = :id AND status = 'approved'", id=post_id)


def test_fifty_writers_are_counted_exactly(client, people, concurrently, post_id, sql):
    editors = [people("editor") for _ in range(5)]
    path = f"/posts/{post_id}/comments"
    replies = concurrently([(editors[n % 5], "POST", path, {"content": f"Number {n}"}) for n in range(50)])
    assert statuses(replies) == {201: 50}
    assert count(client, post_id) == approved(sql, post_id) == 50
    ids = [reply.json["id"] for reply in replies]
    random.Random(1).shuffle(ids)
    mixed: list[tuple] = [(editors[0], "DELETE", f"/comments/{one}", None) for one in ids[:15]]
    mixed += [
        (editors[n % 5], "PATCH", f"/comments/{one}", {"status": "spam"}) for n, one in enumerate(ids[10:25])
    ]
    mixed += [
        (editors[n % 5], "POST", "/comments/moderate", {"ids": ids[n : n + 5], "status": "spam"})
        for n in range(25, 45)
    ]
    found = statuses(concurrently(mixed))
    assert set(found) <= {200, 204, 404, 409}
    assert count(client, post_id) == approved(sql, post_id) == len(thread(client, post_id, "?limit=100"))


def test_replies_and_deletions_leave_a_consistent_thread(client, people, concurrently, post_id, sql):
    editor = people("editor")
    parents = [comment(editor, post_id)["id"] for _ in range(6)]
    path = f"/posts/{post_id}/comments"
    requests: list[tuple] = []
    for parent in parents:
        requests += [(editor, "POST", path, {"content": "reply", "parent_id": parent})] * 3
        requests += [(editor, "DELETE", f"/comments/{parent}", None)]
        requests += [(editor, "POST", "/comments/moderate", {"ids": [parent], "status": "spam"})]
    random.Random(2).shuffle(requests)
    found = statuses(concurrently(requests))
    assert set(found) <= {200, 201, 204, 404, 422}
    assert count(client, post_id) == approved(sql, post_id)
    assert sql("SELECT id FROM comments c WHERE shown <> (status = 'approved' OR EXISTS "
               "(SELECT 1 FROM comments r WHERE r.parent_id = c.id AND r.shown))") == []  # fmt: skip
    assert sql("SELECT id FROM comments c WHERE status = 'deleted' AND NOT EXISTS "
               "(SELECT 1 FROM comments r WHERE r.parent_id = c.id)") == []  # fmt: skip


def test_moderators_of_several_posts_do_not_deadlock(people, concurrently, ada, sql):
    editor = people("editor")
    posts = [ada.write()["id"] for _ in range(4)]
    ids = [comment(people("reader"), post)["id"] for post in posts for _ in range(2)]
    requests = [
        (editor, "POST", "/comments/moderate", {"ids": random.Random(n).sample(ids, 6), "status": status})
        for n in range(12)
        for status in ("approved", "spam")
    ]
    assert statuses(concurrently(requests)) == {200: 24}
    wrong = "SELECT post_id FROM post_activity a WHERE comments <> (SELECT count(*) FROM comments c WHERE {})"
    assert sql(wrong.format("c.post_id = a.post_id AND status = 'approved'")) == []


# On SQLite, any transaction waits for the only writer.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_writer_waits_only_for_writers_of_the_same_thread(make_client, sql, ada, people, post_id):
    other = ada.write()["id"]
    for post in (post_id, other):
        comment(ada, post)
    impatient = make_client(DB_LOCK_TIMEOUT="300", DB_POOL_SIZE="5")

    def write(post):
        path, body = f"/api/v1/posts/{post}/comments", {"content": "x"}
        return impatient.post(path, json=body, headers=ada.headers).status_code

    with sql.holding("UPDATE post_activity SET likes = likes WHERE post_id = :id", id=post_id):
        assert write(other) == 201
        assert ada.patch(f"/posts/{post_id}", {"title": "Other"}).status_code == 200
        assert write(post_id) == 503
    assert write(post_id) == 201


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_writes_that_wait_for_the_deletion_of_a_post_or_an_account_find_it_gone(
    make_client, sql, people, ada
):
    """No error about foreign keys, and no deadlock."""
    client, editor = make_client(DB_POOL_SIZE="10"), people("editor")
    post_id = ada.write()["id"]
    first, second = (comment(ada, post_id)["id"] for _ in range(2))
    reader = people("reader")
    path = f"/posts/{post_id}/comments"
    requests = [
        (ada, "POST", path, {"content": "x"}, 404),
        (ada, "POST", path, {"content": "x", "parent_id": first}, 404),
        (ada, "PATCH", f"/comments/{first}", {"content": "y"}, 404),
        (editor, "DELETE", f"/comments/{second}", None, 404),
        (editor, "POST", "/comments/moderate", {"ids": [first, second], "status": "spam"}, 422),
    ]

    def send(person, method, path, body, _status):
        return client.open(f"/api/v1{path}", method=method, json=body, headers=person.headers).status_code

    with ThreadPoolExecutor(len(requests)) as pool:
        with sql.holding("DELETE FROM posts WHERE id = :id", id=post_id):
            found = [pool.submit(send, *request) for request in requests]
            wait_until(lambda: sql.count_waiting() == len(requests))
        assert [one.result() for one in found] == [request[-1] for request in requests]
        other = ada.write()["id"]
        with sql.holding("DELETE FROM users WHERE id = :id", id=reader.id):
            late = pool.submit(send, reader, "POST", f"/posts/{other}/comments", {"content": "x"}, 404)
            wait_until(lambda: sql.count_waiting() == 1)
        assert late.result() == 404


def test_comments_leave_the_cached_responses_of_other_posts_alone(client, ada, post_id, monkeypatch):
    other = ada.write()["id"]
    paths = [f"/api/v1/posts/{other}/comments", f"/api/v1/posts/{other}", "/api/v1/posts"]
    comment(ada, other)
    before = [[client.get(path) for _ in range(2)][-1].data for path in paths]
    comment(ada, post_id)
    monkeypatch.setattr(client.application, "full_dispatch_request", lambda: pytest.fail("Flask was asked"))
    assert [client.get(path).data for path in paths] == before


def test_a_thread_is_cached_until_it_changes(
    client, editor, reader, ada, post_id, count_queries, unmoderated
):
    path = f"/api/v1/posts/{post_id}/comments"
    comment_id = comment(reader, post_id)["id"]
    single = f"/api/v1/comments/{comment_id}"
    for change in (
        lambda: comment(ada, post_id),
        lambda: reader.patch(f"/comments/{comment_id}", {"content": "Edited."}),
        lambda: editor.post("/comments/moderate", {"ids": [comment_id], "status": "spam"}),
        lambda: editor.patch(f"/comments/{comment_id}", {"status": "approved"}),
        lambda: reader.patch("/users/me", {"display_name": "Rosa"}),
        lambda: reader.delete(f"/comments/{comment_id}"),
    ):
        before = [[client.get(one) for _ in range(2)][-1].data for one in (path, single)]
        with count_queries() as statements:
            again = client.get(path)
        assert (again.data, len(statements)) == (before[0], 1)
        change()
        assert client.get(path).data != before[0]
    assert client.get(single).status_code == 404


def test_requests_with_one_key_create_one_comment(people, concurrently, client, post_id):
    editor = people("editor")
    request = (editor, "POST", f"/posts/{post_id}/comments", {"content": "x"}, {"Idempotency-Key": "one"})
    found = statuses(concurrently([request] * 8))
    assert set(found) <= {201, 409}
    assert count(client, post_id) == 1


def test_readers_see_each_comment_once_while_others_are_written(make_client, client, people, post_id):
    editor = people("editor")
    existing = {comment(editor, post_id)["id"] for _ in range(30)}
    racing = make_client(DB_POOL_SIZE="10").application

    def write(n):
        path, body = f"/api/v1/posts/{post_id}/comments", {"content": f"Number {n}"}
        return racing.test_client().post(path, json=body, headers=editor.headers).status_code

    seen: Counter[int] = Counter()
    with ThreadPoolExecutor(4) as pool:
        written = pool.map(write, range(30))
        query = "?limit=5"
        while query:
            page = client.get(f"/api/v1/posts/{post_id}/comments{query}").json
            seen.update(one["id"] for one in page["data"])
            cursor = page["pagination"]["next_cursor"]
            query = f"?limit=5&cursor={cursor}" if cursor else ""
        assert set(written) == {201}
    assert set(seen.values()) == {1}
    assert existing <= seen.keys()
