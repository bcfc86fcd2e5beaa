"""What the role of the database decides: its privileges, and the encoding of its connections."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.apps import disconnect, make_app, migrate
from tests.postgres import create_database

ROLE = "blog_api_role"
TEXT = "Łódź, 東京, 🎉"


@pytest.fixture
def role_url(cluster):
    """The URL of a migrated database, as a role that may log in and nothing else, and a function that runs SQL."""
    owner = make_url(migrate(create_database(cluster, ROLE)))
    engine = create_engine(owner, isolation_level="AUTOCOMMIT")

    def run(statement):
        with engine.connect() as connection:
            connection.execute(text(statement))

    run(f"DROP ROLE IF EXISTS {ROLE}")
    run(f"CREATE ROLE {ROLE} LOGIN PASSWORD 'secret'")
    yield owner.set(username=ROLE, password="secret").render_as_string(hide_password=False), run
    run(f"DROP OWNED BY {ROLE}")
    run(f"DROP ROLE {ROLE}")
    engine.dispose()


def grant(run, privileges):
    run(f"GRANT {privileges} ON ALL TABLES IN SCHEMA public TO {ROLE}")
    run(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")


def register(client):
    account = {
        "username": "ada",
        "email": "ada@example.com",
        "password": "correct horse battery",
        "display_name": TEXT,
    }
    return client.post("/api/v1/auth/register", json=account)


def assert_refused(reply, caplog):
    assert (reply.status_code, reply.json["type"]) == (503, "/problems/unavailable"), reply.text
    assert reply.headers["Retry-After"].isdigit()
    assert "permission denied" not in reply.text
    (record,) = (record for record in caplog.records if record.message == "unavailable")
    assert record.levelno == logging.ERROR
    assert "permission denied for table" in record.fields["reason"]
    caplog.clear()


def test_a_missing_privilege_is_503_and_logged_as_an_error(role_url, caplog):
    url, run = role_url
    app = make_app(url)
    client = app.test_client()
    logging.getLogger("blog_api").addHandler(caplog.handler)
    try:
        for path in ("/api/v1/posts", "/api/v1/posts/1", "/health/ready"):
            assert_refused(client.get(path), caplog)
        grant(run, "SELECT")
        assert client.get("/api/v1/posts").status_code == 200
        assert_refused(register(client), caplog)
        grant(run, "INSERT, UPDATE, DELETE")
        assert register(client).status_code == 201
    finally:
        logging.getLogger("blog_api").removeHandler(caplog.handler)
        disconnect(app)


@pytest.mark.parametrize("where", ["environment", "role", "url", "options"])
def test_the_encoding_is_utf8_whatever_the_environment_or_the_role_sets(role_url, monkeypatch, where):
    url, run = role_url
    grant(run, "SELECT, INSERT, UPDATE, DELETE")
    if where == "environment":
        monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    elif where == "role":
        run(f"ALTER ROLE {ROLE} SET client_encoding = 'LATIN1'")
    else:
        url += "?client_encoding=latin1" if where == "url" else "?options=-c%20client_encoding%3Dlatin1"
    app = make_app(url)
    try:
        created = register(app.test_client())
        assert (created.status_code, TEXT in created.text) == (201, True), created.text
        client = app.test_client()
        login = client.post(
            "/api/v1/auth/login", json={"username": "ada", "password": "correct horse battery"}
        )
        headers = {"Authorization": f"Bearer {(login.json or {})['access_token']}"}
        found = client.get(created.headers["Location"], headers=headers)
        assert TEXT in found.text
    finally:
        disconnect(app)
