"""Requests are received without a thread. Those that are large, or of unknown size, have threads of their own."""

from __future__ import annotations

import contextlib
import http.client
import math
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from blog_api.api.receiving import MAX_BUFFERED, Incoming, request_size
from tests.apps import SECRET
from tests.databases import on_one_database
from tests.http import Upload, ask
from tests.service import launch, log_in, post

POSTS = "/api/v1/posts"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
START = b"POST / HTTP/1.1\r\n"
SIZES = {
    b"": None,
    b"POST / HT": None,
    START + b"Host: x\r\n": None,
    b"\r\n\r\n": None,
    GET: len(GET),
    b"\r\n" + GET: len(GET) + 2,
    GET + b"GET /next": len(GET),
    START + b"Content-Length: 7\r\n\r\n": len(START) + 21 + 7,
    START + b"content-length:7\r\nHost: x\r\n\r\n": len(START) + 29 + 7,
    START + b"X-Content-Length: 7\r\n\r\n": len(START) + 23,
    START + b"\r\nContent-Length: 7\r\n\r\n": len(START) + 2,
    # gunicorn rejects these.
    START + b"Content-Length: x\r\n\r\n": len(START) + 21,
    START + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n": len(START) + 5020,
    b"GET / HTTP/1.1\n\n": 16,
    START + b"Transfer-Encoding: chunked\r\n\r\n": math.inf,
    START + b"Expect: 100-continue\r\nContent-Length: 7\r\n\r\n": math.inf,
}


@pytest.mark.parametrize("data", SIZES, ids=lambda data: data[:60].decode())
def test_the_size_of_a_request_follows_from_its_head(data):
    assert request_size(data) == SIZES[data]


def received(*parts, closed=False):
    """Return a request of which these parts have arrived."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        incoming = Incoming()
        for part in parts:
            theirs.sendall(part)
            while part and not incoming.data.endswith(part):
                incoming.receive(ours)
        if closed:
            theirs.close()
        incoming.receive(ours)
    return incoming


def sized(length):
    return START + b"Content-Length: %d\r\n\r\n" % length


@pytest.mark.parametrize(
    ("parts", "lane"),
    [
        ([b""], None),
        ([b"GET / HTTP/1.1\r\n"], None),
        ([b"GET / HTTP/1.1\r\n", b"Host: x\r\n\r\n"], "read"),
        ([sized(7), b"{"], None),
        ([sized(7), b"{", b'"a":1}'], "write"),
        ([sized(7), b'{"a":1}' + GET], "write"),
        ([sized(MAX_BUFFERED), b"{"], "upload"),
        ([sized(MAX_BUFFERED), b"a" * MAX_BUFFERED], "write"),
        ([START + b"X: ", b"a" * MAX_BUFFERED], "upload"),
        ([START + b"Transfer-Encoding: chunked\r\n\r\n"], "upload"),
        ([START + b"Expect: 100-continue\r\nContent-Length: 7\r\n\r\n"], "upload"),
    ],
)
def test_a_request_gets_a_lane_when_it_has_arrived_or_is_too_large_to_wait_for(parts, lane):
    assert received(*parts).lane() == lane


def test_a_request_whose_client_has_closed_the_connection_is_not_waited_for():
    assert received(sized(7), b"{", closed=True).lane() == "write"
    assert received(b"", closed=True).is_closed


@pytest.fixture(scope="module")
def url(database_url):
    """The URL of the running service, with one worker."""
    with launch(database_url, SECRET_KEY=SECRET, WEB_CONCURRENCY="1") as service:
        yield service.url


@on_one_database
def test_slow_clients_do_not_keep_others_from_writing(app, url):
    token = log_in(url)
    with contextlib.ExitStack() as stack:
        bodies = [post(f"Slow {number}") for number in range(40)]
        bodies += [post(content="a" * 2 * MAX_BUFFERED) for _ in range(6)]
        uploads = [stack.enter_context(Upload(url, POSTS, body, token)) for body in bodies]
        address = urlsplit(url)
        for start in (b"P", b"POST /api/v1/posts HTTP/1.1\r\nHost"):
            for _ in range(10):
                slow = stack.enter_context(socket.create_connection((address.hostname, address.port)))
                slow.sendall(start)
        assert ask(url, "POST", POSTS, post("Quick"), token=token).status == 201
        assert ask(url, "GET", f"{POSTS}?fields=title").json["data"] == [{"title": "Quick"}]
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(Upload.finish, uploads))
    assert [reply.status for reply in replies] == [201] * 46


@on_one_database
def test_a_request_that_arrives_byte_by_byte_is_served(app, url):
    address = urlsplit(url)
    head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    request = head + b"Content-Length: 2\r\n\r\n{}"
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        for index in range(len(request)):
            connection.sendall(request[index : index + 1])
            time.sleep(0.001)
        assert status_of(connection) == 422
        # The connection stays open for the next requests.
        connection.sendall(b"GET /health/live HTTP/1.1\r\n")
        connection.sendall(b"Host: x\r\n\r\nGET /nothing HTTP/1.1\r\n")
        assert status_of(connection) == 200
        connection.sendall(b"Host: x\r\n\r\n")
        assert status_of(connection) == 404


def status_of(connection):
    """Read the next response, and return its status."""
    with contextlib.closing(http.client.HTTPResponse(connection)) as reply:
        reply.begin()
        reply.read()
        return reply.status
