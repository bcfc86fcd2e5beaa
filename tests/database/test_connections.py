"""Tests of connections: timeouts, pings and pool exhaustion."""

from __future__ import annotations

import contextlib
import socket

import pytest
from sqlalchemy import create_engine, event, select, text

from blog_api.database import connections
from blog_api.database.session import db, reading, transaction
from blog_api.models.tags import Tag
from tests.apps import disconnect, make_app, migrate, running_app
from tests.postgres import create_database, free_port
from tests.slow_views import add_slow_views, assert_unavailable


@pytest.fixture(scope="module")
def server_url(cluster):
    """The URL of a migrated PostgreSQL database, for features that SQLite lacks."""
    return migrate(create_database(cluster, "blog_api_connections"))


@contextlib.contextmanager
def client_of(url, **settings):
    """Yield a client of an app with these settings and with slow views."""
    with running_app(url, **settings) as app:
        add_slow_views(app)
        yield app.test_client()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_statement_timeout_returns_503(server_url, method):
    with client_of(server_url, DB_STATEMENT_TIMEOUT="200") as client:
        assert_unavailable(client.open("/slow", method=method), "took too long")
        assert client.get("/api/v1/posts").status_code == 200


def test_an_idle_transaction_is_terminated_and_returns_503(server_url):
    with client_of(server_url, DB_IDLE_TRANSACTION_TIMEOUT="200") as client:
        assert_unavailable(client.post("/idle"), "is not responding")
        assert client.get("/api/v1/posts").status_code == 200
        with client.application.app_context(), reading() as session:
            assert session.execute(select(Tag.name)).all() == []


def test_a_lock_timeout_returns_503(make_client, app, people):
    client = make_client(DB_LOCK_TIMEOUT="300")
    editor = people("editor")
    made = editor.post("/tags", {"name": "One"}).json
    change = {"path": f"/api/v1/tags/{made['id']}", "json": {"name": "Two"}, "headers": editor.headers}
    with app.app_context(), transaction() as session:
        # While this is not committed, PostgreSQL locks the row, and SQLite the file.
        session.get(Tag, made["id"], with_for_update=True)
        for _ in range(2):
            assert_unavailable(client.patch(**change), "Another transaction")
        # Reads do not wait.
        assert client.get("/api/v1/tags").json["data"] == []
    assert client.patch(**change).status_code == 200


def test_connections_use_the_timeouts_from_the_settings(server_url):
    app = make_app(
        server_url,
        DB_STATEMENT_TIMEOUT="1500",
        DB_LOCK_TIMEOUT="2500",
        DB_IDLE_TRANSACTION_TIMEOUT="3500",
        DB_CONNECT_TIMEOUT="7",
    )
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with app.app_context():
        with db.engine.connect() as connection:
            shown = [connection.execute(text(f"SHOW {name}")).scalar_one() for name in names]
            driver = connection.connection.driver_connection
            assert driver is not None
            parameters = driver.info.dsn_parameters
        db.engine.dispose()
    assert shown == ["1500ms", "2500ms", "3500ms"]
    assert (parameters["connect_timeout"], parameters["keepalives_idle"], parameters["tcp_user_timeout"]) == (
        "7",
        "30",
        "60000",
    )


def test_an_unresponsive_server_returns_503():
    with contextlib.closing(socket.create_server(("127.0.0.1", free_port()))) as mute:
        url = f"postgresql://nobody@127.0.0.1:{mute.getsockname()[1]}/nothing"
        with running_app(url, DB_CONNECT_TIMEOUT="1") as app:
            assert_unavailable(app.test_client().get("/api/v1/posts"), "is not responding")


@pytest.fixture
def pinged_client(server_url, monkeypatch):
    """A client of an app that pings idle connections, and the list of pings."""
    app = make_app(server_url, DB_POOL_PRE_PING="true")
    pings: list[object] = []
    with app.app_context():
        dialect = db.engine.dialect
    ping = dialect.do_ping

    def count(connection):
        pings.append(connection)
        return ping(connection)

    monkeypatch.setattr(dialect, "do_ping", count)
    yield app.test_client(), pings
    disconnect(app)


def test_only_idle_connections_are_pinged(pinged_client, monkeypatch):
    client, pings = pinged_client
    monkeypatch.setattr(connections, "IDLE_SECONDS", 60.0)
    assert [client.get("/api/v1/posts").status_code for _ in range(3)] == [200] * 3
    assert pings == []
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.0)
    assert client.get("/api/v1/posts").status_code == 200
    assert len(pings) == 1


def test_a_connection_closed_while_idle_is_replaced(pinged_client, monkeypatch, cluster):
    client, pings = pinged_client
    assert client.get("/api/v1/posts").status_code == 200
    engine = create_engine(cluster, isolation_level="AUTOCOMMIT")
    with engine.connect() as admin:
        end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'blog_api_connections'"
        assert admin.execute(text(end)).scalars().all()
    engine.dispose()
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.0)
    assert client.get("/api/v1/posts").status_code == 200
    assert pings


def test_an_exhausted_pool_returns_503_until_a_connection_is_returned(make_client):
    client = make_client(DB_POOL_SIZE="1", DB_MAX_OVERFLOW="1", DB_POOL_TIMEOUT="1")
    with client.application.app_context():
        held = [db.engine.connect(), db.engine.connect()]
        for path in ("/api/v1/posts", "/health/ready"):
            assert_unavailable(client.get(path), "All connections")
        assert client.get("/health/live").status_code == 200
        held.pop().close()
        assert client.get("/api/v1/posts").status_code == 200
        held.pop().close()


def register(client, number=0):
    account = {"username": f"ada{number}", "email": f"ada{number}@example.com", "password": "correct horse"}
    return client.post("/api/v1/auth/register", json=account)


def test_a_read_only_database_returns_503_for_writes_only(server_url):
    """A former primary that became a replica behaves like this."""
    with client_of(f"{server_url}?options=-c default_transaction_read_only%3Don") as client:
        assert_unavailable(register(client), "read-only")
        assert client.get("/api/v1/posts").status_code == 200


@pytest.mark.parametrize(
    ("pragma", "detail"), [("query_only = ON", "read-only"), ("max_page_count = 1", "is not responding")]
)
def test_a_read_only_or_full_sqlite_database_returns_503_for_writes_only(tmp_path, pragma, detail):
    app = make_app(migrate(f"sqlite:///{tmp_path / 'blog.db'}"))
    with app.app_context():
        event.listen(db.engine, "connect", lambda connection, _record: connection.execute(f"PRAGMA {pragma}"))
    client = app.test_client()
    # The last page has room for some rows.
    replies = (register(client, number) for number in range(100))
    assert_unavailable(next(reply for reply in replies if reply.status_code != 201), detail)
    assert client.get("/api/v1/posts").status_code == 200
    disconnect(app)
