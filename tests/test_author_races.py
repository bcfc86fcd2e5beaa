"""Tests of naming co-authors while their accounts are deleted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.apps import statuses
from tests.waiting import wait_until

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def send(parallel):
    """A function that sends a request from a separate thread."""
    return lambda person, method, path, body=None: parallel.test_client().open(
        f"/api/v1{path}", method=method, json=body, headers=person.headers
    )


@pytest.fixture
def send_in_turn(send, sql):
    """Hold the commit of the first request until the second waits for it, and return both responses.

    `held` is the event and the table whose transactions are held.
    """

    def run(held, first, second):
        with ThreadPoolExecutor(2) as threads, sql.holding_commits(*held) as let_go:
            earlier = threads.submit(send, *first)
            wait_until(lambda: sql.count_waiting() == 1 or earlier.done())
            later = threads.submit(send, *second)
            wait_until(lambda: sql.count_waiting() == 2 or later.done())
            assert not earlier.done()
            let_go()
            return earlier.result(), later.result()

    return run


def test_posts_can_be_written_while_their_co_authors_delete_their_accounts(people, concurrently):
    ada = people()
    post = ada.write()
    for _ in range(4):
        bob, cyd = people(), people()
        requests: list[tuple] = []
        for order in ([bob.id, cyd.id], [cyd.id, bob.id]) * 2:
            requests.append((ada, "POST", "/posts", {"title": "x", "content": "", "co_authors": order}))
            requests.append((ada, "PATCH", f"/posts/{post['id']}", {"co_authors": order}))
        leaving = [(person, "DELETE", f"/users/{person.id}", None) for person in (bob, cyd)]
        *replies, one, other = concurrently(requests + leaving)
        assert set(statuses(replies[::2])) <= {201, 422}
        # Concurrent changes of the same post can fail with an edit conflict.
        assert set(statuses(replies[1::2])) <= {200, 409, 422}
        assert [one.status_code, other.status_code] == [204, 204]


@on_postgresql
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_naming_a_co_author_waits_for_the_deletion_of_the_account(people, send_in_turn, method):
    ada, bob = people(), people()
    path = "/posts" if method == "POST" else f"/posts/{ada.write()['id']}"
    body = {"title": "x", "content": "", "co_authors": [bob.id]}
    deletion = (bob, "DELETE", f"/users/{bob.id}")
    leaving, named = send_in_turn(("DELETE", "users"), deletion, (ada, method, path, body))
    assert (leaving.status_code, named.status_code) == (204, 422)
    assert [fault["code"] for fault in named.json["errors"]] == ["not_a_user"]


@on_postgresql
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_deleting_an_account_waits_for_naming_it_as_co_author(people, send_in_turn, method):
    ada, bob = people(), people()
    path = "/posts" if method == "POST" else f"/posts/{ada.write()['id']}"
    body = {"title": "x", "content": "", "co_authors": [bob.id]}
    deletion = (bob, "DELETE", f"/users/{bob.id}")
    naming, leaving = send_in_turn(("INSERT", "post_authors"), (ada, method, path, body), deletion)
    assert (naming.status_code, leaving.status_code) in ((201, 204), (200, 204))
    post = ada.get(f"/posts/{naming.json['id']}").json
    assert [author["id"] for author in post["authors"]] == [ada.id]
