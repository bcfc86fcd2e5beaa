"""Health checks: liveness and readiness."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from blog_api import VERSION
from blog_api.database.revisions import Revisions
from blog_api.database.session import db, transaction
from tests.apps import make_app

READY = {"status": "ok", "version": VERSION}


@pytest.fixture
def revision(app):
    """Set the revision of the database, or remove it with None."""

    def set_revision(number):
        with app.app_context(), transaction() as session:
            session.execute(text("DELETE FROM alembic_version"))
            if number:
                session.execute(text("INSERT INTO alembic_version VALUES (:number)"), {"number": number})

    head = app.extensions["revisions"].head
    yield set_revision
    set_revision(head)


def assert_behind(reply):
    assert (reply.status_code, reply.content_type) == (503, "application/problem+json")
    assert reply.json["type"] == "/problems/unavailable"
    assert reply.headers["Retry-After"].isdigit()
    assert "db upgrade" in reply.json["detail"]


def test_live_does_not_query_the_database(client, count_queries):
    with count_queries() as statements:
        reply = client.get("/health/live")
    assert (reply.status_code, reply.json, statements) == (200, {"status": "ok"}, [])


def test_ready_sends_one_query(client, count_queries):
    with count_queries() as statements:
        reply = client.get("/health/ready")
    assert (reply.status_code, reply.json, len(statements)) == (200, READY, 1)


def test_ready_shows_the_pool_to_admins_only(client, people, count_queries):
    admin = people("admin")
    with count_queries() as statements:
        reply = client.get("/health/ready", headers=admin.headers)
    pool = {"size": 1, "in_use": 1, "overflow": 0}
    nothing = {state: {"messages": 0, "oldest_seconds": 0} for state in ("waiting", "failing")}
    assert reply.json == {**READY, "pool": pool, "changes": {"oldest_seconds": 0}, "webhooks": nothing}
    assert len(statements) == 4
    assert (reply.headers["Cache-Control"], reply.headers["Vary"]) == ("no-store", "Authorization")
    assert client.get("/health/ready", headers=people("editor").headers).json == READY
    wrong = client.get("/health/ready", headers={"Authorization": "Bearer x"})
    assert (wrong.status_code, wrong.json["type"]) == (401, "/problems/unauthorized")


def test_ready_shows_how_long_changes_have_been_waiting(client, people, sql):
    admin = people("admin")
    admin.write()
    sql("UPDATE changes SET at = :at", at=datetime.now(UTC) - timedelta(minutes=1))
    waiting = client.get("/health/ready", headers=admin.headers).json["changes"]
    assert 60 <= waiting["oldest_seconds"] < 70


def test_ready_counts_the_connections_in_use(make_client, people):
    client, headers = make_client(DB_POOL_SIZE="2", DB_MAX_OVERFLOW="5"), people("admin").headers
    with client.application.app_context():
        held = [db.engine.connect() for _ in range(3)]
        reply = client.get("/health/ready", headers=headers)
        for connection in held:
            connection.close()
    assert reply.json["pool"] == {"size": 2, "in_use": 4, "overflow": 2}
    assert client.get("/health/ready", headers=headers).json["pool"]["overflow"] == 0


def test_a_database_behind_the_code_is_not_ready(client, app, monkeypatch):
    monkeypatch.setitem(
        app.extensions, "revisions", Revisions("9999", frozenset({"9999", app.extensions["revisions"].head}))
    )
    assert_behind(client.get("/health/ready"))
    assert client.get("/health/live").status_code == 200


def test_a_database_without_a_revision_is_not_ready(client, revision):
    revision(None)
    assert_behind(client.get("/health/ready"))


def test_a_database_ahead_of_the_code_is_ready(client, revision):
    revision("9999")
    assert client.get("/health/ready").status_code == 200


def test_a_database_without_tables_is_not_ready_until_migrated(empty_url):
    app = make_app(empty_url)
    client, head = app.test_client(), app.extensions["revisions"].head
    for _ in range(2):
        assert_behind(client.get("/health/ready"))
    with app.app_context():
        with transaction() as session:
            session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            session.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})
        assert client.get("/health/ready").status_code == 200
        db.engine.dispose()


def test_health_checks_support_head(client):
    for path in ("/health/live", "/health/ready"):
        assert client.head(path).status_code == 200
