"""Requests with random errors, over real sockets: none of them hangs, and none gets a 500."""

from __future__ import annotations

import random
import re
import socket
from urllib.parse import urlsplit

import pytest

from tests.apps import SECRET
from tests.databases import on_one_database
from tests.http import ask
from tests.service import launch

# Nothing here depends on the database.
pytestmark = on_one_database

LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
BODY = b'{"username": "ada", "password": "x"}'
REQUESTS = (
    b"GET /api/v1/posts?limit=1 HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n",
    LOGIN + b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY),
    LOGIN + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
    b"HEAD /health/live HTTP/1.0\r\n\r\n",
    b"GET http://evil.example/docs/ HTTP/1.1\r\nHost: y:80\r\nCookie: a=b\r\n\r\n",
    b"PATCH /api/v1/posts/1 HTTP/1.1\r\nHost: x\r\nIf-Match: \"1\"\r\nContent-Length: 2\r\n\r\n{}",
)  # fmt: skip
INSERTED = (
    b"\r\n", b"\n", b"\0", b"%2e%2e/", b"//", b"\r\nX: y", b"\r\n folded", b"\r\nHost: z", b";ext=1", b"a" * 9000,
    b"\r\nTransfer-Encoding: chunked", b"\r\nContent-Length: 5", b"\r\nExpect: 100-continue",
    b"\r\nConnection: close, upgrade\r\nUpgrade: h2c",
)  # fmt: skip


@pytest.fixture(scope="module")
def running(database_url):
    """The running service on this database."""
    with launch(database_url, SECRET_KEY=SECRET, RATELIMIT_ENABLED="false") as service:
        yield service


def mutated(chance: random.Random) -> bytes:
    """Return one of the requests with a few bytes replaced, removed or inserted."""
    request = bytearray(chance.choice(REQUESTS))
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        place = chance.randrange(len(request))
        change = chance.choice(("replace", "remove", "insert", "append"))
        if change == "replace":
            request[place] = chance.choice((*b"\0\r\n\t :%/?#\x80\xff,=0Z", chance.randrange(256)))
        elif change == "remove":
            # Not all of it.
            del request[max(place, 1) : place + chance.choice((1, 2, 5, 20))]
        elif change == "insert":
            request[place:place] = chance.choice(INSERTED)
        else:
            request += chance.choice(REQUESTS)
    return bytes(request)


def responses(url: str, request: bytes) -> bytes:
    """Send the request, close the sending side, and return all that comes back."""
    address = urlsplit(url)
    received = b""
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while some := connection.recv(65536):
                received += some
        except (BrokenPipeError, ConnectionResetError):
            # The service has answered without reading all of it.
            pass
    return received


@pytest.mark.parametrize("seed", range(4))
def test_requests_with_random_errors_are_answered(app, running, seed):
    chance = random.Random(seed)
    for _ in range(75):
        request = mutated(chance)
        received = responses(running.url, request)
        statuses = [int(status) for status in re.findall(rb"^HTTP/1\.1 (\d{3}) ", received, re.MULTILINE)]
        assert set(statuses).isdisjoint({500, 502, 503, 504}), request
        if statuses and statuses[-1] >= 400 and not request.startswith(b"HEAD"):
            assert b"application/problem+json" in received, request
    assert ask(running.url, "GET", "/health/live").status == 200
    assert "Traceback" not in running.read_output()
