"""Request lines and headers over real sockets: the service answers every request itself, and none twice."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from tests.apps import SECRET
from tests.databases import on_one_database
from tests.http import Upload, ask, exchange
from tests.service import launch, log_in, post
from tests.waiting import wait_until

MEMBERS = {"type", "title", "status", "detail", "instance", "request_id"}
# Nothing here depends on the database.
pytestmark = on_one_database
BODY = b'{"username": "ada", "password": "x"}'
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: blog.example\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def running(database_url):
    """The running service on this database."""
    with launch(database_url, SECRET_KEY=SECRET) as service:
        yield service


def get(service, target, *headers, version="1.1"):
    lines = [f"GET {target} HTTP/{version}", "Host: blog.example", *headers]
    return exchange(service.url, "\r\n".join(lines).encode() + b"\r\n\r\n")


def assert_problem(reply, status, detail=""):
    assert (reply.status, reply.headers["Content-Type"]) == (status, "application/problem+json"), reply.body
    assert set(reply.json) == MEMBERS
    assert reply.json["status"] == status
    assert reply.json["request_id"] == reply.headers["X-Request-ID"]
    assert detail in reply.json["detail"]
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "gunicorn" not in reply.body.decode()


@pytest.mark.parametrize(
    "target", ["http://evil.example", "http://evil.example/", "HTTP://evil.example?x=1", "/"]
)
def test_no_redirect_leads_to_the_host_of_the_request(running, target):
    reply = get(running, target, "X-Forwarded-Host: evil.example")
    assert (reply.status, reply.headers["Location"]) == (302, "/docs/")
    assert "evil" not in str(reply.headers) + reply.body.decode()


def test_a_url_as_request_target_is_like_its_path(running):
    """RFC 9112, section 3.2.2."""
    plain = get(running, "/api/v1/posts?limit=1")
    for target in ("http://evil.example/api/v1/posts?limit=1", "https://x:1/api/v1/posts?limit=1"):
        reply = get(running, target)
        assert (reply.status, reply.body, reply.headers["ETag"]) == (200, plain.body, plain.headers["ETag"])
    assert_problem(get(running, "http://evil.example/nothing"), 404)
    assert get(running, "http://evil.example/nothing").json["instance"] == "/nothing"


@pytest.mark.parametrize(
    "path", ["/api/v1/%70osts", "/api/v1%2Fposts", "/health/%6Cive", "/docs/%73wagger-ui.css"]
)
def test_a_path_has_one_spelling_even_if_its_response_is_cached(running, path):
    plain = path.replace("%70", "p").replace("%2F", "/").replace("%6C", "l").replace("%73", "s")
    for _ in range(3):
        assert get(running, plain).status == 200
        assert_problem(get(running, path), 404)


@pytest.mark.parametrize(
    ("header", "status", "detail"),
    [
        (b"Transfer-Encoding: gzip, chunked", 501, "chunked"),
        (b"Transfer-Encoding: identity, chunked", 501, "chunked"),
        (b"Transfer-Encoding: zstd", 501, "chunked"),
        (b"Transfer-Encoding: chunked, gzip", 400, "header"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 5", 400, "header"),
        (b"Expect: x", 417, "100-continue"),
        (b"Content-Length: 1\r\nContent-Length: 2", 400, "header"),
        (b"Bad header: 1", 400, "header"),
        (b"Host: other.example", 400, "header"),
        (b"X-Long: " + b"a" * 17_000, 431, ""),
    ],
    ids=lambda value: value[:40].decode() if isinstance(value, bytes) else None,
)
def test_a_header_that_is_not_supported_gets_a_problem_and_nothing_is_read_as_a_second_request(
    running, header, status, detail
):
    smuggled = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    address = urlsplit(running.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(LOGIN + header + b"\r\n\r\n" + chunked + smuggled)
        connection.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    problem, end = json.JSONDecoder().raw_decode(body.decode())
    assert (problem["status"], set(problem)) == (status, MEMBERS)
    assert detail in problem["detail"]
    # A body that could be read to its end leaves the connection open for the next request.
    rest = body[end:]
    assert not rest or (status == 501 and rest.startswith(b"HTTP/1.1 200"))


@pytest.mark.parametrize(
    ("line", "status"),
    [("GET / HTTP/9.9", 400), ("GET /", 400), ("get / HTTP/1.1", 400), ("GET /\x01 HTTP/1.1", 400),
     ("GET /\xe4 HTTP/1.1", 400), ("PRI * HTTP/2.0", 400), ("\x16\x03\x01", 400), (f"GET /{'a' * 9000} HTTP/1.1", 414)],
    ids=lambda value: value[:20] if isinstance(value, str) else str(value),
)  # fmt: skip
def test_a_malformed_request_line_gets_a_problem(running, line, status):
    request = f"{line}\r\nHost: blog.example\r\n\r\n".encode("latin-1")
    reply = exchange(running.url, request)
    assert_problem(reply, status)
    assert reply.headers["Connection"] == "close"


def test_the_log_names_the_reason_and_not_the_content(running):
    reply = exchange(running.url, b"GET / HTTP/1.1\r\nCookie: sentinel\x0b\r\n\r\n")
    assert_problem(reply, 400)
    written = running.read_output()
    assert "Invalid request from ip=127.0.0.1: InvalidHeader" in written
    assert re.search(rf"request .*{reply.json['request_id']}.* status=400", written)
    assert "sentinel" not in written


def test_connections_after_sigterm_are_refused_while_requests_finish(app, database_url):
    with launch(database_url) as service:
        token = log_in(service.url)
        with Upload(service.url, "/api/v1/posts", post(), token) as upload:
            time.sleep(0.2)
            service.process.terminate()
            wait_until(lambda: is_refused(service.url))
            assert service.process.poll() is None
            assert upload.finish().status == 201
        assert service.process.wait(15) == 0
        assert "Traceback" not in service.read_output()


def is_refused(url):
    address = urlsplit(url)
    try:
        with closing(socket.create_connection((address.hostname, address.port), timeout=1)):
            return False
    except ConnectionRefusedError:
        return True


def test_no_connection_is_dropped_between_sigterm_and_the_end(app, database_url):
    """A connection is served or refused: none is reset, and none hangs."""
    outcomes: list[object] = []

    def keep_asking(url):
        while True:
            try:
                outcomes.append(ask(url, "GET", "/health/live").status)
            except ConnectionRefusedError:
                return
            except OSError as error:
                outcomes.append(error)

    with launch(database_url) as service:
        threads = [threading.Thread(target=keep_asking, args=(service.url,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        service.process.terminate()
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads)
        assert service.process.wait(15) == 0
    assert set(outcomes) == {200}
