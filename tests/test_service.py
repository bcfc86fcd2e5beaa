"""The real service: two workers of gunicorn on each database, how it stops, reloads, and survives its database."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import make_url

from tests.http import Upload, ask, connect, read
from tests.postgres import create_database, free_port
from tests.proxy import proxy
from tests.service import launch

PASSWORD = "correct horse battery"
MAX_BODY = 8 * 1024 * 1024


@pytest.fixture(scope="module")
def running(database_url):
    """A running service on this database."""
    with launch(database_url) as service:
        yield service


@pytest.fixture
def url(running, app):
    """The address of the running service; what it stored is removed after the test."""
    return running.url


def log_in(url):
    """The token of somebody new."""
    account = {"username": "ada", "email": "ada@example.com", "password": PASSWORD}
    assert ask(url, "POST", "/api/v1/auth/register", account).status == 201
    reply = ask(url, "POST", "/api/v1/auth/login", {"username": "ada", "password": PASSWORD})
    assert reply.status == 200
    return reply.json["access_token"]


def post(title="Hello", **fields):
    return {"title": title, "content": "Text.", "status": "published", "tags": ["one"], **fields}


def workers(service):
    """The two processes that serve, once both are there."""
    pid = service.process.pid
    deadline = time.monotonic() + 30
    while True:
        found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        if len(found) == 2 or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


@contextlib.contextmanager
def asleep(pid):
    """The process does nothing meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="/proc is missing")
def test_what_one_worker_writes_and_signs_the_other_one_knows(running, url):
    first, second = workers(running)
    with asleep(first):
        token = log_in(url)
        made = ask(url, "POST", "/api/v1/posts", post(), token=token)
        assert made.status == 201
    with asleep(second):
        assert ask(url, "GET", made.headers["Location"]).json == made.json
        assert ask(url, "GET", "/api/v1/users/me", token=token).json["username"] == "ada"
        assert ask(url, "POST", "/api/v1/auth/logout", token=token).status == 204
    with asleep(first):
        assert ask(url, "GET", "/api/v1/users/me", token=token).status == 401


def test_both_workers_take_many_writers_at_once(url):
    token = log_in(url)
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: ask(url, "POST", "/api/v1/posts", post(), token=token), range(48)))
    assert [reply.status for reply in replies] == [201] * 48
    assert len({reply.json["slug"] for reply in replies}) == 48
    assert len({tag["id"] for reply in replies for tag in reply.json["tags"]}) == 1


def test_every_reply_carries_a_request_id(running, url):
    given = ask(url, "GET", "/api/v1/posts", headers={"X-Request-ID": "from-the-client"})
    assert given.headers["X-Request-ID"] == "from-the-client"
    made = ask(url, "GET", "/nothing")
    assert (made.status, made.json["request_id"]) == (404, made.headers["X-Request-ID"])
    assert made.headers["X-Request-ID"] in running.read_output()


def test_a_body_in_chunks_is_read_up_to_the_limit(url):
    token = log_in(url)
    padding = (b" " * 65536 for _ in range(MAX_BODY // 65536 - 1))
    whole = ask(
        url, "POST", "/api/v1/posts", token=token, chunks=[*padding, b'{"title": "A",', b'"content": ""}']
    )
    assert (whole.status, whole.json["title"]) == (201, "A")


@pytest.mark.parametrize("excess", [1, 4 * 1024 * 1024])
def test_a_body_in_chunks_that_is_too_large_is_refused(url, excess):
    token = log_in(url)
    size = MAX_BODY + excess
    chunks = (b" " * min(65536, size - start) for start in range(0, size, 65536))
    reply = ask(url, "POST", "/api/v1/posts", token=token, chunks=chunks)
    assert (reply.status, reply.headers["Content-Type"]) == (413, "application/problem+json")
    assert ask(url, "GET", "/api/v1/posts").json["data"] == []


def test_a_body_that_says_that_it_is_too_large_is_refused_unread(url):
    with contextlib.closing(connect(url)) as connection:
        connection.putrequest("POST", "/api/v1/auth/login")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(MAX_BODY + 1))
        connection.endheaders()
        assert read(connection).status == 413


def test_slow_writers_hold_nobody_up(url):
    token = log_in(url)
    slow = [Upload(url, "/api/v1/posts", post(f"Slow {number}"), token) for number in range(3)]
    time.sleep(0.2)
    assert ask(url, "POST", "/api/v1/posts", post("Quick"), token=token).status == 201
    assert [upload.finish().status for upload in slow] == [201] * 3


def test_a_client_that_leaves_in_the_middle_of_its_body_stores_nothing(url):
    token = log_in(url)
    Upload(url, "/api/v1/posts", post(), token).connection.close()
    assert ask(url, "POST", "/api/v1/posts", post("Other"), token=token).status == 201
    assert [one["title"] for one in ask(url, "GET", "/api/v1/posts").json["data"]] == ["Other"]


def test_a_reload_loses_no_request(running, url):
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


def test_a_stop_lets_requests_in_flight_finish_and_then_ends(app, database_url):
    with launch(database_url) as service:
        token = log_in(service.url)
        upload = Upload(service.url, "/api/v1/posts", post(), token)
        idle = connect(service.url)
        idle.request("GET", "/health/live")
        assert read(idle).status == 200
        service.process.terminate()
        time.sleep(1)
        assert upload.finish().status == 201
        # Neither the idle connection nor anything else is waited for.
        assert service.process.wait(15) == 0
        assert "Traceback" not in service.read_output()
        idle.close()
    assert app.test_client().get("/api/v1/posts/slug/hello").status_code == 200


@pytest.fixture
def shaky(cluster):
    """A service on PostgreSQL, and the way between them, which can be closed."""
    server = make_url(create_database(cluster, "blog_api_shaky"))
    with proxy(server.port or 5432) as way:
        address = server.set(port=way.port).render_as_string(hide_password=False)
        settings = {"MIGRATE_ON_START": "true", "DB_POOL_PRE_PING": "true", "DB_POOL_SIZE": "4"}
        with launch(address, **settings) as service:
            yield service, way


def wait_until_healed(url):
    """Return once both workers have noticed that the database is back: ten in a row say so."""
    deadline, healthy = time.monotonic() + 10, 0
    while healthy < 10:
        assert time.monotonic() < deadline
        healthy = healthy + 1 if ask(url, "GET", "/health/ready").status == 200 else 0
        time.sleep(0.02)


def test_a_database_that_goes_away_is_503_and_the_service_heals_by_itself(shaky):
    service, way = shaky
    token = log_in(service.url)
    assert ask(service.url, "POST", "/api/v1/posts", post(), token=token).status == 201
    requests = [
        ("GET", "/api/v1/posts", None),
        ("POST", "/api/v1/posts", post()),
        ("POST", "/api/v1/auth/login", {"username": "ada", "password": PASSWORD}),
        ("GET", "/health/ready", None),
    ]
    way.close()
    for method, path, body in requests * 4:
        reply = ask(service.url, method, path, body, token=token)
        assert (reply.status, reply.headers["Content-Type"]) == (503, "application/problem+json")
        assert int(reply.headers["Retry-After"]) > 0
    assert ask(service.url, "GET", "/health/live").status == 200
    way.open()
    wait_until_healed(service.url)
    replies = [ask(service.url, "POST", "/api/v1/posts", post(), token=token) for _ in range(8)]
    assert [reply.status for reply in replies] == [201] * 8
    assert len(ask(service.url, "GET", "/api/v1/posts").json["data"]) == 9
    assert "Traceback" not in service.read_output()


def test_connections_that_the_server_ends_cost_a_503_at_most(shaky, cluster):
    service, _ = shaky
    token = log_in(service.url)
    with contextlib.closing(
        psycopg2.connect(make_url(cluster).set(drivername="postgresql").render_as_string())
    ) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'blog_api_shaky'"
            )
    statuses = [ask(service.url, "POST", "/api/v1/posts", post(), token=token).status for _ in range(12)]
    assert set(statuses) <= {201, 503}
    assert statuses[-4:] == [201] * 4
    assert "Traceback" not in service.read_output()


def test_a_start_without_the_database_fails_plainly():
    url = f"postgresql://ada:hush-hush@127.0.0.1:{free_port()}/blog"
    with (
        pytest.raises(RuntimeError, match="The database does not answer") as failure,
        launch(url, MIGRATE_ON_START="true"),
    ):
        pass
    assert "Traceback" not in str(failure.value)
    assert "hush-hush" not in str(failure.value)
