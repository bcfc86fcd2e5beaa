"""Requests that wait for one another leave threads for the others: reads and health checks go on."""

from __future__ import annotations

import contextlib
import socket
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psycopg2
import pytest
from sqlalchemy import make_url

from blog_api.api.lanes import lane_of
from tests.apps import SECRET
from tests.http import ask
from tests.service import launch, log_in, post
from tests.waiting import wait_until

POSTS = "/api/v1/posts"
LANES = {
    b"GET /health/live HTTP/1.1\r\nHost: x": "health",
    b"HEAD /blog/health/live?x=1 HTTP/1.1": "health",
    b"GET http://blog.example/health/live HTTP/1.1": "health",
    b"POST /health/live HTTP/1.1": "write",
    b"GET /health/ready HTTP/1.1": "read",
    b"GET /health/lively HTTP/1.1": "read",
    b"GET /api/v1/posts?limit=1 HTTP/1.1\r\nX: ?q=1": "read",
    b"\r\nGET /api/v1/posts HTTP/1.1": "read",
    b"OPTIONS /api/v1/posts HTTP/1.1": "read",
    b"GET /api/v1/posts?q=a HTTP/1.1": "search",
    b"GET /api/v1/posts?limit=1&%71=a HTTP/1.1": "search",
    b"GET /api/v1/posts?faq=a HTTP/1.1": "read",
    b"POST /api/v1/posts?q=a HTTP/1.1": "write",
    b"PATCH /api/v1/posts/1 HTTP/1.1": "write",
    b"GET /media/0123456789abcdef0123456789abcdef/640.webp HTTP/1.1": "picture",
    b"HEAD /blog/media/0123456789abcdef0123456789abcdef/640.webp HTTP/1.1": "picture",
    b"GET /api/v1/media/1 HTTP/1.1": "read",
    b"GET /sitemap.xml HTTP/1.1": "stream",
    b"HEAD /blog/sitemaps/posts-3.xml HTTP/1.1": "stream",
    b"GET /api/v1/users/me/data HTTP/1.1": "stream",
    b"GET /api/v1/redirects?limit=1&format=nginx HTTP/1.1": "stream",
    b"GET /api/v1/redirects?limit=1 HTTP/1.1": "read",
    b"GET /api/v1/posts?tag=/sitemap.xml HTTP/1.1": "read",
    b"GET /feeds/atom.xml HTTP/1.1": "read",
    b"POST /api/v1/media HTTP/1.1": "upload",
    b"POST /blog/api/v1/media?x=1 HTTP/1.1": "upload",
    b"DELETE /api/v1/media/1 HTTP/1.1": "write",
    b"POST /api/v1/posts?x=/media HTTP/1.1": "write",
    b"BREW / HTTP/1.1": "write",
    b"GE": "write",
    b"": "write",
}


@pytest.mark.parametrize("head", LANES, ids=lambda head: head[:40].decode())
def test_the_lane_follows_from_the_request_line(head):
    assert lane_of(head) == LANES[head]


@pytest.fixture(scope="module")
def running(database_url):
    """The running service, with the default number of workers, threads and connections."""
    pool = {"DB_POOL_SIZE": "5", "DB_MAX_OVERFLOW": "10"}
    with launch(database_url, SECRET_KEY=SECRET, REQUEST_DEADLINE="6", **pool) as service:
        yield service


@contextlib.contextmanager
def locked(database_url, post_id):
    """Hold the lock of one post, or on SQLite the write lock of the database."""
    url = make_url(database_url)
    if url.drivername.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(str(url.database), isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            yield
            holder.execute("ROLLBACK")
    else:
        dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        with contextlib.closing(psycopg2.connect(dsn)) as holder:
            holder.cursor().execute("SELECT 1 FROM posts WHERE id = %s FOR UPDATE", (post_id,))
            yield
            holder.rollback()


def times_of(url, path, count):
    """Return the sorted seconds that each of `count` requests took."""
    taken = []
    for _ in range(count):
        started = time.monotonic()
        assert ask(url, "GET", path).status == 200
        taken.append(time.monotonic() - started)
    return sorted(taken)


def test_reads_and_health_checks_go_on_while_writes_wait_for_a_lock(app, database_url, running):
    url = running.url
    token = log_in(url)
    made = ask(url, "POST", POSTS, post(), token=token)
    path = made.headers["Location"]
    with locked(database_url, made.json["id"]), ThreadPoolExecutor(20) as clients:
        started = time.monotonic()
        waiting = [clients.submit(ask, url, "PATCH", path, {"title": "New"}, token=token) for _ in range(20)]
        # Both while they arrive and once all of them wait.
        for _ in range(3):
            for free in ("/health/live", path, f"{POSTS}?limit=1", f"{POSTS}?q=hello"):
                assert times_of(url, free, 5)[2] < 0.1, free
            time.sleep(0.3)
        assert not any(one.done() for one in waiting)
        replies = [one.result() for one in waiting]
        assert time.monotonic() - started < 20
    assert {reply.status for reply in replies} == {503}
    assert all(reply.headers["Retry-After"].isdigit() for reply in replies)
    assert ask(url, "PATCH", path, {"title": "New"}, token=token).status == 200


def test_connections_that_send_nothing_take_no_thread(app, running):
    address = urlsplit(running.url)
    with contextlib.ExitStack() as stack:
        silent = [
            stack.enter_context(socket.create_connection((address.hostname, address.port))) for _ in range(30)
        ]
        for path in ("/health/live", POSTS):
            assert times_of(running.url, path, 10)[5] < 0.1
        # They are served once they send something. None of them waits until the client closes the one before.
        started = time.monotonic()
        for connection in silent:
            connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - started < 2


def test_slow_uploads_take_no_thread_from_reads(app, running):
    address = urlsplit(running.url)
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(socket.create_connection((address.hostname, address.port)))
            connection.sendall(
                b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: 100\r\n\r\n{"
            )
        for path in ("/health/live", POSTS):
            assert times_of(running.url, path, 10)[5] < 0.1


def test_more_writes_than_threads_all_succeed(app, running):
    token = log_in(running.url)
    with ThreadPoolExecutor(24) as clients:
        replies = list(
            clients.map(lambda n: ask(running.url, "POST", POSTS, post(f"Post {n}"), token=token), range(48))
        )
    assert {reply.status for reply in replies} == {201}


def test_pipelined_requests_of_different_lanes_are_answered_in_order(app, running):
    address = urlsplit(running.url)
    requests = b"".join(
        line + b" HTTP/1.1\r\nHost: x\r\n\r\n"
        for line in (b"GET /health/live", b"DELETE /health/live", b"GET /api/v1/posts?q=a", b"GET /nothing")
    )
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(requests)
        received = b""

        def have_all():
            nonlocal received
            received += connection.recv(65536)
            return received.count(b"HTTP/1.1 ") == 4

        wait_until(have_all)
    codes = [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]]
    assert codes == [b"200", b"405", b"200", b"404"]
