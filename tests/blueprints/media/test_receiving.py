"""Tests of receiving uploads, against the running service."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from bench.processes import process_tree
from tests.apps import SECRET
from tests.http import ask, connect, read
from tests.pictures import picture
from tests.replication import run_sql
from tests.service import launch

HEADERS = {"Content-Type": "multipart/form-data; boundary=x"}
MEGABYTE = 1024 * 1024


def form(data):
    """The body of a form with this file."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n'
    return head + data + b"\r\n--x--\r\n"


@pytest.fixture(scope="module")
def service(database_url):
    with launch(database_url, SECRET_KEY=SECRET, WEB_CONCURRENCY="1") as running:
        yield running


@pytest.fixture
def token(people):
    return people("author").tokens["access_token"]


def pieces(data, size=1000):
    return (data[start : start + size] for start in range(0, len(data), size))


def test_a_chunked_form_is_stored_like_one_with_a_length(service, token):
    body = form(picture())
    reply = ask(service.url, "POST", "/api/v1/media", chunks=pieces(body), token=token, headers=HEADERS)
    assert (reply.status, reply.json["width"]) == (201, 400)


def test_a_chunked_file_over_the_limit_is_rejected(service, token):
    chunks = (b"x" * MEGABYTE for _ in range(40))
    reply = ask(service.url, "POST", "/api/v1/media", chunks=chunks, token=token, headers=HEADERS)
    assert reply.status == 413


def test_users_who_may_not_upload_are_rejected_before_sending_the_file(service, people):
    for token, status in ((None, 401), (people("reader").tokens["access_token"], 403)):
        with begun_upload(service.url, token, 10 * MEGABYTE, b"") as connection:
            assert read(connection).status == status


@contextlib.contextmanager
def begun_upload(url, token, length, sent):
    """Send the head of a request, and the first part of its body."""
    with contextlib.closing(connect(url)) as connection:
        connection.putrequest("POST", "/api/v1/media")
        for name, value in {**HEADERS, "Content-Length": str(length)}.items():
            connection.putheader(name, value)
        if token:
            connection.putheader("Authorization", f"Bearer {token}")
        connection.endheaders(sent)
        yield connection


def test_a_slow_upload_occupies_no_connection_to_the_database(service, token, database_url):
    body = form(picture(800, 800))
    with begun_upload(service.url, token, len(body), body[:1000]) as connection:
        assert ask(service.url, "GET", "/api/v1/posts").status == 200
        if database_url.startswith("postgresql"):
            busy = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
            )
            # The only one is this statement.
            assert run_sql(database_url, busy) == [(1,)]
        connection.send(body[1000:])
        assert read(connection).status == 201


def test_an_incomplete_upload_stores_nothing(service, token):
    body = form(picture())
    with begun_upload(service.url, token, len(body), body[:-20]) as connection:
        connection.sock.shutdown(1)
        assert read(connection).status == 400
    assert ask(service.url, "GET", "/api/v1/media", token=token).json["data"] == []


def test_the_memory_of_a_worker_does_not_depend_on_the_size_of_a_file(service, token):
    """The file is not a picture, so it is received and read, but not decoded."""
    pids = process_tree(service.process.pid)
    before = max(map(peak_mb, pids))
    for _ in range(3):
        chunks = (b"x" * MEGABYTE for _ in range(19))
        head = (b'--x\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n',)
        body = (*head, *chunks, b"\r\n--x--\r\n")
        reply = ask(service.url, "POST", "/api/v1/media", chunks=body, token=token, headers=HEADERS)
        assert reply.status == 422, reply.body
    assert max(map(peak_mb, pids)) < before + 8


def peak_mb(pid):
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
