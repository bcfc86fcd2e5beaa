"""Tests of losing the database connection before each statement of a request, and during COMMIT."""

from __future__ import annotations

import contextlib

import pytest
from sqlalchemy import event, make_url

from blog_api.database.session import db
from tests.apps import disconnect, make_app, migrate
from tests.postgres import create_database
from tests.proxy import proxy
from tests.replication import run_sql

PASSWORD = "correct horse battery"
ACCOUNT = {"username": "ada", "password": PASSWORD}
POST = {"title": "Hello", "content": "Text.", "status": "published", "tags": ["one", "two"]}
KEY = {"Idempotency-Key": "k1"}


@pytest.fixture(scope="module")
def server(cluster):
    """The URL of a migrated database."""
    return migrate(create_database(cluster, "blog_api_lost"))


@contextlib.contextmanager
def service(url, **settings):
    """Yield a client of an app with one connection, and the headers of an admin."""
    patient, app = make_app(url), make_app(url, **settings)
    patient.test_client().post("/api/v1/auth/register", json=ACCOUNT | {"email": "ada@example.com"})
    run_sql(url, "UPDATE users SET role = 'admin'")
    reply = patient.test_client().post("/api/v1/auth/login", json=ACCOUNT).json
    assert reply is not None
    yield app.test_client(), {"Authorization": f"Bearer {reply['access_token']}"}
    for one in (patient, app):
        disconnect(one)


@pytest.fixture
def ada(server):
    """A client of the app, and the headers of an admin."""
    run_sql(server, "TRUNCATE users, posts, tags CASCADE")
    with service(server) as made:
        yield made


def state_of(url):
    """Return the contents of the tables that a request can change."""
    tables = ("posts", "tags", "post_tags", "post_authors", "idempotency_keys", "sessions")
    return [sorted(map(str, run_sql(url, f"TABLE {name}"))) for name in tables]


@contextlib.contextmanager
def losing_connection(app, url, moment):
    """Terminate the connection before the `moment`-th statement or COMMIT. Yield a list for that statement."""
    met: list[str] = []
    left = [moment]

    def step(connection, what):
        left[0] -= 1
        if left[0] == 0:
            met.append(what)
            driver = connection.connection.driver_connection
            run_sql(url, f"SELECT pg_terminate_backend({driver.info.backend_pid}, 5000)")

    def on_statement(connection, _cursor, statement, *_rest):
        step(connection, statement)

    def on_commit(connection):
        step(connection, "COMMIT")

    with app.app_context():
        engine = db.engine
    listeners = (("before_cursor_execute", on_statement), ("commit", on_commit))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield met
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)


def requests_of(post, tags):
    """Return requests with one statement, several statements, savepoints and several transactions."""
    posts = "/api/v1/posts"
    bulk = [{"op": "create", "data": POST}, {"op": "update", "id": post["id"], "data": {"title": "New"}}]
    return {
        "read": ("GET", posts, None),
        "create": ("POST", posts, POST),
        "update": ("PATCH", f"{posts}/{post['id']}", {"title": "New", "tags": ["three"]}),
        "bulk": ("POST", f"{posts}/bulk", {"mode": "each", "operations": bulk}),
        "merge": ("POST", f"/api/v1/tags/{tags[0]}/merge", {"into": tags[1]}),
        "login": ("POST", "/api/v1/auth/login", ACCOUNT),
    }


@pytest.mark.parametrize("kind", requests_of({"id": 0}, [0, 0]))
def test_a_lost_connection_returns_503_and_changes_nothing(ada, server, kind):
    client, headers = ada
    post = client.post("/api/v1/posts", json=POST, headers=headers).json
    method, path, body = requests_of(post, [tag["id"] for tag in post["tags"]])[kind]
    before, moment = state_of(server), 0
    while True:
        moment += 1
        with losing_connection(client.application, server, moment) as met:
            reply = client.open(path, method=method, json=body, headers={**headers, **KEY})
        if not met:
            break
        assert reply.status_code == 503, (reply.text, met)
        assert reply.headers["Retry-After"].isdigit()
        assert state_of(server) == before
    # After all statements were interrupted in turn, the request succeeds.
    assert moment > 1
    assert reply.status_code < 300


def test_a_failed_audit_write_does_not_change_the_response(ada, server):
    client, _ = ada
    wrong = ACCOUNT | {"password": "wrong"}
    for moment in range(1, 20):
        with losing_connection(client.application, server, moment) as met:
            reply = client.post("/api/v1/auth/login", json=wrong)
        if met and "audit_events" in met[0]:
            break
    assert reply.status_code == 401


@pytest.mark.parametrize("key", [KEY, {}])
def test_a_retry_with_the_same_key_resolves_an_unknown_commit(server, ada, key):
    server_url = make_url(server)
    with proxy(server_url.port or 0) as way:
        address = server_url.set(port=way.port).render_as_string(hide_password=False)
        with service(address, REQUEST_DEADLINE="2") as (client, headers):
            with client.application.app_context():
                engine = db.engine
            event.listen(engine, "commit", lambda _connection: setattr(way, "swallows", True))
            reply = client.post("/api/v1/posts", json=POST, headers={**headers, **key})
            way.swallows = False
            assert reply.json["type"] == "/problems/outcome-unknown"
            assert (reply.status_code, reply.headers["Retry-After"].isdigit()) == (503, True)
            assert run_sql(server, "SELECT count(*) FROM posts") == [(1,)]
    with service(server) as (client, headers):
        again = client.post("/api/v1/posts", json=POST, headers={**headers, **key})
        assert again.status_code == 201
        assert run_sql(server, "SELECT count(*) FROM posts") == [(1 if key else 2,)]
        assert ("Idempotency-Replayed" in again.headers) == bool(key)


def test_a_lost_connection_during_cache_validation_rebuilds_the_response(server, ada):
    client, headers = ada
    client.post("/api/v1/posts", json=POST, headers=headers)
    kept = [client.get("/api/v1/posts") for _ in range(3)][-1]
    run_sql(
        server,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    for reply in (client.get("/api/v1/posts"), client.get("/api/v1/posts")):
        assert (reply.status_code, reply.data) == (200, kept.data)
