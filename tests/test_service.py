"""Tests of the real service with two gunicorn workers: requests, reload and stop."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.http import Upload, ask, connect, read
from tests.service import launch, log_in, post

MAX_BODY = 8 * 1024 * 1024


@pytest.fixture(scope="module")
def running(database_url):
    """The running service on this database."""
    with launch(database_url) as service:
        yield service


@pytest.fixture
def url(running, app):
    """The URL of the running service. Its rows are deleted after the test."""
    return running.url


def workers(service):
    """Wait for the two workers, and return their PIDs."""
    pid = service.process.pid
    deadline = time.monotonic() + 30
    while True:
        found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        if len(found) == 2 or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


@contextlib.contextmanager
def stopped(pid):
    """Stop the process within the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="/proc is missing")
def test_workers_share_data_and_tokens(running, url):
    first, second = workers(running)
    with stopped(first):
        token = log_in(url)
        made = ask(url, "POST", "/api/v1/posts", post(), token=token)
        assert made.status == 201
    with stopped(second):
        assert ask(url, "GET", made.headers["Location"]).json == made.json
        assert ask(url, "GET", "/api/v1/users/me", token=token).json["username"] == "ada"
        assert ask(url, "POST", "/api/v1/auth/logout", token=token).status == 204
    with stopped(first):
        assert ask(url, "GET", "/api/v1/users/me", token=token).status == 401


def test_concurrent_writes_succeed_on_both_workers(url):
    token = log_in(url)
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: ask(url, "POST", "/api/v1/posts", post(), token=token), range(48)))
    assert [reply.status for reply in replies] == [201] * 48
    assert len({reply.json["slug"] for reply in replies}) == 48
    assert len({tag["id"] for reply in replies for tag in reply.json["tags"]}) == 1


def test_every_response_has_a_request_id(running, url):
    given = ask(url, "GET", "/api/v1/posts", headers={"X-Request-ID": "from-the-client"})
    assert given.headers["X-Request-ID"] == "from-the-client"
    made = ask(url, "GET", "/nothing")
    assert (made.status, made.json["request_id"]) == (404, made.headers["X-Request-ID"])
    assert made.headers["X-Request-ID"] in running.read_output()


def test_a_chunked_body_is_accepted_up_to_the_limit(url):
    token = log_in(url)
    padding = (b" " * 65536 for _ in range(MAX_BODY // 65536 - 1))
    whole = ask(
        url, "POST", "/api/v1/posts", token=token, chunks=[*padding, b'{"title": "A",', b'"content": ""}']
    )
    assert (whole.status, whole.json["title"]) == (201, "A")


@pytest.mark.parametrize("excess", [1, 4 * 1024 * 1024])
def test_a_chunked_body_over_the_limit_is_rejected(url, excess):
    token = log_in(url)
    size = MAX_BODY + excess
    chunks = (b" " * min(65536, size - start) for start in range(0, size, 65536))
    reply = ask(url, "POST", "/api/v1/posts", token=token, chunks=chunks)
    assert (reply.status, reply.headers["Content-Type"]) == (413, "application/problem+json")
    assert ask(url, "GET", "/api/v1/posts").json["data"] == []


def test_a_content_length_over_the_limit_is_rejected_without_reading_the_body(url):
    with contextlib.closing(connect(url)) as connection:
        connection.putrequest("POST", "/api/v1/auth/login")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(MAX_BODY + 1))
        connection.endheaders()
        assert read(connection).status == 413


def test_slow_uploads_do_not_block_others(url):
    token = log_in(url)
    with contextlib.ExitStack() as stack:
        slow = [
            stack.enter_context(Upload(url, "/api/v1/posts", post(f"Slow {number}"), token))
            for number in range(20)
        ]
        assert ask(url, "POST", "/api/v1/posts", post("Quick"), token=token).status == 201
        assert [upload.finish().status for upload in slow] == [201] * 20


def test_an_aborted_upload_stores_nothing(url):
    token = log_in(url)
    with Upload(url, "/api/v1/posts", post(), token):
        pass
    assert ask(url, "POST", "/api/v1/posts", post("Other"), token=token).status == 201
    assert [one["title"] for one in ask(url, "GET", "/api/v1/posts").json["data"]] == ["Other"]


def test_a_reload_drops_no_requests(running, url):
    before = set(workers(running))
    statuses: list[int] = []
    enough = threading.Event()

    def keep_asking():
        while not enough.is_set():
            statuses.append(ask(url, "GET", "/api/v1/posts").status)

    with ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(keep_asking) for _ in range(4)]
        running.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 30
        while before & set(workers(running)) and time.monotonic() < deadline:
            time.sleep(0.05)
        enough.set()
    assert [future.exception() for future in asking] == [None] * 4
    assert set(statuses) == {200}
    assert len(workers(running)) == 2
    assert not before & set(workers(running))


def test_a_graceful_stop_finishes_requests_in_flight(app, database_url):
    with launch(database_url) as service:
        token = log_in(service.url)
        with (
            Upload(service.url, "/api/v1/posts", post(), token) as upload,
            contextlib.closing(connect(service.url)) as idle,
        ):
            idle.request("GET", "/health/live")
            assert read(idle).status == 200
            service.process.terminate()
            time.sleep(1)
            assert upload.finish().status == 201
            # The service does not wait for the idle connection.
            assert service.process.wait(15) == 0
        assert "Traceback" not in service.read_output()
    assert app.test_client().get("/api/v1/posts/slug/hello").status_code == 200
