"""Concurrent requests with the same key, and retried transactions."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.keyed import KEY, POST, count_posts, problem
from tests.waiting import wait_until

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def test_only_one_of_many_concurrent_requests_is_executed(people, concurrently, sql):
    ada = people()
    for round_ in range(3):
        key = {"Idempotency-Key": f"round-{round_}"}
        replies = concurrently([(ada, "POST", "/posts", POST, key)] * 12)
        done = [reply for reply in replies if reply.status_code == 201]
        assert len({reply.json["id"] for reply in done}) == 1
        assert Counter("Idempotency-Replayed" in reply.headers for reply in done)[False] == 1
        refused = {problem(reply) for reply in replies if reply.status_code != 201}
        # On SQLite they wait for each other instead.
        assert refused <= ({(409, "idempotency-key-in-use")} if sql.is_postgresql else set())
        assert count_posts(ada) == round_ + 1


def test_two_users_can_use_the_same_key_concurrently(people, concurrently):
    ada, bob = people(), people()
    for round_ in range(3):
        key = {"Idempotency-Key": f"round-{round_}"}
        replies = concurrently([(person, "POST", "/posts", POST, key) for person in (ada, bob)])
        assert [reply.status_code for reply in replies] == [201, 201]
        assert not any("Idempotency-Replayed" in reply.headers for reply in replies)
        assert [reply.json["author"]["id"] for reply in replies] == [ada.id, bob.id]


@pytest.fixture
def send(parallel):
    """Create a post as a person, with the key. Can be called from any thread."""
    return lambda person: parallel.test_client().post(
        "/api/v1/posts", json=POST, headers=person.headers | KEY
    )


@on_postgresql
def test_a_concurrent_retry_is_rejected_but_not_a_request_of_another_user(people, send, sql):
    ada, bob = people(), people()
    with ThreadPoolExecutor(2) as threads, sql.holding_commits("INSERT", "posts") as release:
        first = threads.submit(send, ada)
        wait_until(lambda: sql.count_waiting() == 1 or first.done())
        assert problem(send(ada)) == (409, "idempotency-key-in-use")
        of_bob = threads.submit(send, bob)
        # Bob's request gets as far as its COMMIT too.
        wait_until(lambda: sql.count_waiting() == 2 or of_bob.done())
        assert not first.done()
        assert not of_bob.done()
        release()
        assert [reply.result().status_code for reply in (first, of_bob)] == [201, 201]
    later = send(ada)
    assert (later.status_code, later.data) == (201, first.result().data)
    assert later.headers["Idempotency-Replayed"] == "true"
    assert count_posts(ada) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_concurrent_retry_waits_on_sqlite(people, send, sql):
    ada = people()
    with ThreadPoolExecutor(2) as threads:
        with sql.holding("UPDATE users SET bio = bio"):
            both = [threads.submit(send, ada) for _ in range(2)]
            assert not any(reply.done() for reply in both)
        replies = [reply.result() for reply in both]
    assert {reply.data for reply in replies} == {replies[0].data}
    assert Counter(reply.headers.get("Idempotency-Replayed") for reply in replies) == {None: 1, "true": 1}
    assert count_posts(ada) == 1


@on_postgresql
def test_a_request_is_rolled_back_if_the_key_was_stored_while_it_ran(people, send, sql):
    ada = people()
    with ThreadPoolExecutor(1) as threads:
        with sql.holding("LOCK TABLE posts IN SHARE MODE"):
            late = threads.submit(send, ada)
            wait_until(lambda: sql.count_waiting() == 1 or late.done())
            # Simulates a claim whose snapshot is older than this row.
            sql(
                "INSERT INTO idempotency_keys (user_id, key, digest, status, headers, body, expires_at)"
                " VALUES (:user, :key, :digest, 204, '[]', '', now() + interval '1 day')",
                user=ada.id, key=KEY["Idempotency-Key"], digest="0" * 64,
            )  # fmt: skip
        assert problem(late.result()) == (409, "idempotency-key-in-use")
    # The first stored response stays.
    assert problem(send(ada)) == (422, "idempotency-key-reused")
    assert count_posts(ada) == 0


@on_postgresql
def test_a_transaction_that_is_retried_stores_one_response(people, send, sql):
    ada = people()
    with sql.failing("posts", "40P01", times=1) as count_attempts:
        replies = [send(ada) for _ in range(2)]
        assert [reply.headers.get("Idempotency-Replayed") for reply in replies] == [None, "true"]
        assert count_attempts() == 2
    assert {reply.status_code for reply in replies} == {201}
    assert count_posts(ada) == 1
