"""Request deadlines with a frozen server, a network that drops packets, or an exhausted pool."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import NullPool, create_engine, text

from blog_api.database.dialects import is_postgresql
from blog_api.database.session import db
from blog_api.security import passwords
from tests.apps import make_app, migrate, running_app
from tests.pgbouncer import pgbouncer
from tests.postgres import FAST, create_database, free_port, frozen, throwaway_cluster
from tests.slow_views import MANY, add_slow_views, assert_unavailable
from tests.waiting import wait_until

POSTS = "/api/v1/posts"
ACCOUNT = {"username": "ada", "password": "correct horse battery"}
POST = {"title": "Hello", "content": ""}


@pytest.fixture(scope="module")
def server():
    """The URL of a migrated database on a server that tests can freeze."""
    with throwaway_cluster(FAST) as cluster:
        yield migrate(create_database(cluster, "blog"))


@contextlib.contextmanager
def client_for(url, **settings):
    """A client of an app with a request deadline of one second."""
    settings = {"REQUEST_DEADLINE": "1", "DB_POOL_SIZE": "4", "WEB_THREADS": "4", **settings}
    with running_app(url, **settings) as app:
        add_slow_views(app)
        yield app.test_client()


def log_in(url):
    """Register and log in without a short deadline, and return the request headers."""
    app = make_app(url)
    client = app.test_client()
    client.post("/api/v1/auth/register", json=ACCOUNT | {"email": "ada@example.com"})
    reply = client.post("/api/v1/auth/login", json=ACCOUNT).json
    assert reply is not None
    with app.app_context():
        db.engine.dispose()
    return {"Authorization": f"Bearer {reply['access_token']}"}


def is_executing(url):
    """Whether the server is still executing the statement of /computing."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        statements = connection.execute(text("SELECT query FROM pg_stat_activity WHERE state = 'active'"))
        return any("AS computed" in statement for statement in statements.scalars())


def send_concurrently(app, requests, headers):
    """Send all requests, (method, body), concurrently and return the responses."""
    with ThreadPoolExecutor(len(requests)) as threads:
        asked = [
            threads.submit(app.test_client().open, POSTS, method=method, json=body, headers=headers)
            for method, body in requests
        ]
        return [future.result() for future in asked]


@pytest.mark.parametrize("pooler", ["none", "pgbouncer"])
def test_requests_to_a_frozen_server_fail_at_their_deadline_and_later_ones_immediately(server, pooler):
    database = pgbouncer(server) if pooler == "pgbouncer" else contextlib.nullcontext(server)
    headers = log_in(server)
    with database as url, client_for(url, DATABASE_POOLED=str(pooler == "pgbouncer")) as client:
        with frozen(server):
            for reply in send_concurrently(client.application, [("GET", None), ("POST", POST)] * 2, headers):
                assert_unavailable(reply, "")
            assert_unavailable(client.get("/health/ready"), "is not responding")
            assert client.get("/health/live").status_code == 200
            assert client.application.extensions["breaker"].is_open
            # More requests than threads, and none waits until its deadline.
            for _ in range(50):
                assert_unavailable(client.post(POSTS, json=POST, headers=headers), "is not responding")
        wait_until(lambda: client.get("/health/ready").status_code == 200)
        assert client.post(POSTS, json=POST, headers=headers).status_code == 201
        assert client.get(POSTS, headers=headers).status_code == 200


def test_a_statement_that_exceeds_the_deadline_is_503_and_does_not_affect_others(server):
    with client_for(server) as client:
        for method in ("GET", "POST"):
            assert_unavailable(client.open("/slow", method=method), "is not responding")
            assert client.get(POSTS).status_code == 200


@pytest.mark.parametrize(("pooler", "method"), [("none", "GET"), ("none", "POST"), ("pgbouncer", "POST")])
def test_the_server_stops_executing_a_statement_that_was_abandoned(server, pooler, method):
    database = pgbouncer(server) if pooler == "pgbouncer" else contextlib.nullcontext(server)
    pooled = str(pooler == "pgbouncer")
    with database as url, client_for(url, DATABASE_POOLED=pooled, DB_CLIENT_CHECK_INTERVAL="100") as client:
        assert_unavailable(client.open("/computing", method=method), "is not responding")
    wait_until(lambda: not is_executing(server))


@pytest.mark.parametrize(
    ("path", "method"), [("/computing", "GET"), ("/computing", "POST"), ("/filling", "POST")]
)
def test_a_computation_that_exceeds_the_deadline_is_503_and_cleaned_up(make_client, people, path, method):
    editor = people("editor")
    client = make_client(REQUEST_DEADLINE="1", DB_CLIENT_CHECK_INTERVAL="100", DB_POOL_SIZE="2")
    add_slow_views(client.application)
    for _ in range(2):
        assert_unavailable(client.open(path, method=method), "The database")
    assert editor.get("/tags").json["data"] == []
    assert client.post("/api/v1/tags", json={"name": "First"}, headers=editor.headers).status_code == 201


def test_a_command_has_no_deadline_after_a_request_in_the_same_thread(make_client):
    client = make_client(REQUEST_DEADLINE="1")
    assert client.get(POSTS).status_code == 200
    time.sleep(1.1)
    with client.application.app_context(), db.engine.connect() as connection:
        assert connection.execute(MANY).scalar_one() == 300_000


def test_connecting_to_a_server_that_does_not_respond_fails_at_the_deadline():
    with contextlib.closing(socket.create_server(("127.0.0.1", free_port()))) as mute:
        url = f"postgresql://nobody@127.0.0.1:{mute.getsockname()[1]}/nothing"
        with client_for(url, DB_CONNECT_TIMEOUT="60") as client:
            assert_unavailable(client.get(POSTS), "is not responding")
            assert_unavailable(client.get(POSTS), "is not responding")


def test_connecting_to_a_server_that_is_down_is_retried_until_the_deadline_by_half_of_the_threads():
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    with client_for(url, DB_CONNECT_TIMEOUT="60") as client:
        for reply in send_concurrently(client.application, [("GET", None)] * 8, {}):
            assert_unavailable(reply, "is not responding")


@pytest.mark.parametrize(
    "settings", [{}, {"METRICS_TOKEN": "0123456789abcdef" * 2}], ids=["plain", "measured"]
)
def test_waiting_for_the_connection_pool_ends_at_the_deadline(server, settings):
    with client_for(
        server, DB_POOL_SIZE="1", DB_MAX_OVERFLOW="0", DB_POOL_TIMEOUT="600", **settings
    ) as client:
        with client.application.app_context(), contextlib.closing(db.engine.connect()):
            assert_unavailable(client.get(POSTS), "All connections")
        assert client.get(POSTS).status_code == 200


def test_waiting_for_a_lock_ends_at_the_deadline(make_client, people):
    editor = people("editor")
    client = make_client(REQUEST_DEADLINE="1", DB_LOCK_TIMEOUT="600000", DB_POOL_SIZE="2")
    send = partial(client.post, "/api/v1/tags", json={"name": "One"}, headers=editor.headers)
    with client.application.app_context(), db.engine.begin() as connection:
        # On SQLite, the transaction already holds the only lock.
        if is_postgresql():
            connection.exec_driver_sql("LOCK TABLE tags")
        assert_unavailable(send(), "")
    assert send().status_code == 201


def test_waiting_to_hash_a_password_ends_at_the_deadline(server, monkeypatch):
    monkeypatch.setattr(passwords, "HASHING_TIMEOUT", 600.0)
    monkeypatch.setattr(passwords, "_slots", threading.BoundedSemaphore(1))
    with client_for(server) as client, passwords._slots:
        assert_unavailable(client.post("/api/v1/auth/login", json=ACCOUNT), "Too many passwords")


def test_there_is_no_deadline_outside_a_request(server):
    with client_for(server) as client:
        assert client.get(POSTS).status_code == 200
        with client.application.app_context(), db.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT pg_sleep(1.3)").all()
