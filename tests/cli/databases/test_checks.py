"""`check-db`, and how commands report database errors."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import make_url, text

from blog_api.database.session import db, transaction
from tests import postgres
from tests.apps import MIGRATIONS, running_app
from tests.cli.databases.helpers import MIGRATING, assert_plain, flask
from tests.cli.helpers import run_command

ACCOUNT = ("--username", "ada", "--email", "ada@example.com", "--password", "correct horse battery")

COMMANDS = [
    ("create-admin", *ACCOUNT),
    ("create-user", *ACCOUNT),
    ("set-password", "ada", "--password", "correct horse battery"),
    ("disable-user", "ada"),
    ("revoke-tokens", "ada"),
    ("seed",),
    ("import-markdown", MIGRATIONS),
]


@pytest.fixture
def set_revision(app):
    """Set the revision of the database."""

    def write(revision):
        with app.app_context(), transaction():
            db.session.execute(text("DELETE FROM alembic_version"))
            if revision is not None:
                db.session.execute(
                    text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision}
                )

    yield write
    write(app.extensions["revisions"].head)


def test_check_db_prints_the_connection_and_the_migrations(command, app, database_url):
    result = command("check-db")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert list(lines) == [
        "database",
        "server",
        "timeouts",
        "pool",
        "connections",
        "migrations",
        "rendering",
        "counts",
    ]
    assert lines["database"] == make_url(database_url).render_as_string(hide_password=True)
    assert lines["server"].startswith(("SQLite 3.", "PostgreSQL 1"))
    assert lines["pool"].startswith("2 workers x (1 + 0 overflow) = 2 connections at most; timeout 3 s")
    assert lines["connections"] == "size 1, in use 1, overflow 0"
    assert lines["migrations"] == f"{app.extensions['revisions'].head}, up to date"


def test_check_db_prints_the_timeouts(make_client, database_url):
    app = make_client(DB_LOCK_TIMEOUT="1500", DB_IDLE_TRANSACTION_TIMEOUT="2000").application
    lines = dict(line.split(maxsplit=1) for line in run_command(app, "check-db").stdout.splitlines())
    if database_url.startswith("sqlite"):
        assert lines["server"].endswith(", journal wal, foreign keys on")
        assert lines["timeouts"] == "lock 1.5 s"
    else:
        assert re.search(r", [0-9]+ of 197 connections in use$", lines["server"])
        assert lines["timeouts"] == "statement none, lock 1.5 s, idle in transaction 2 s"


def test_check_db_finds_and_corrects_wrong_counts(command, client, sql, people):
    ada = people("editor")
    posts = [ada.write()["id"] for _ in range(3)]
    for post_id in posts[:2]:
        ada.post(f"/posts/{post_id}/comments", {"content": "x"})
    assert "counts      correct" in command("check-db").output
    sql("UPDATE post_activity SET comments = 5 WHERE post_id = :id", id=posts[0])
    sql("DELETE FROM post_activity WHERE post_id = :id", id=posts[1])
    sql("INSERT INTO post_activity VALUES (:id, 0, 2, 1)", id=posts[2])
    result = command("check-db")
    assert (result.exit_code, "counts      wrong for 3 posts" in result.stdout) == (0, True)
    assert "check-db --repair" in result.stderr
    assert "Corrected the counts of 3 posts." in command("check-db", "--repair").output
    assert "counts      correct" in command("check-db").output
    shown = [client.get(f"/api/v1/posts/{post_id}").json for post_id in posts]
    assert [(post["comment_count"], post["like_count"]) for post in shown] == [(1, 0), (1, 0), (0, 0)]


def test_check_db_fails_without_migrations(empty):
    head = empty.extensions["revisions"].head
    result = run_command(empty, "check-db")
    assert_plain(result, "The migrations are behind the code: run flask --app wsgi db upgrade.")
    assert f"none applied, the code is at {head}" in result.stdout


def test_check_db_fails_if_the_version_table_is_empty(command, set_revision):
    set_revision(None)
    assert_plain(command("check-db"), "behind the code")


def test_check_db_fails_if_the_database_is_behind(command, set_revision, app, monkeypatch):
    revisions = app.extensions["revisions"]
    later = type(revisions)("9999", revisions.known | {"9999"})
    monkeypatch.setitem(app.extensions, "revisions", later)
    result = command("check-db")
    assert_plain(result, "behind the code")
    assert f"{revisions.head}, behind the code at 9999" in result.stdout


def test_check_db_accepts_a_database_ahead_of_the_code(command, set_revision, app):
    set_revision("9999")
    result = command("check-db")
    assert result.exit_code == 0
    assert f"9999, ahead of the code at {app.extensions['revisions'].head}" in result.stdout


def test_check_db_fails_for_a_missing_or_invalid_database(cluster, tmp_path):
    other = make_url(cluster).set(database="no-such-database").render_as_string(hide_password=False)
    with running_app(other) as app:
        result = run_command(app, "check-db")
    assert_plain(result, "The database is not responding: ", 'database "no-such-database" does not exist')
    (tmp_path / "text.db").write_text("This is no database. " * 100)
    with running_app(f"sqlite:///{tmp_path / 'text.db'}") as app:
        assert_plain(run_command(app, "check-db"), "file is not a database")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:hush-hush@127.0.0.1:{port}/blog",
        "postgresql://ada@127.0.0.1:{port}/blog?password=hush-hush&sslpassword=hush-hush",
    ],
)
@pytest.mark.parametrize("arguments", [("check-db",), ("reset-db", "--yes"), ("seed",), ("db", "upgrade")])
def test_no_command_prints_the_password(url, arguments):
    unused_url = url.format(port=postgres.free_port())
    with running_app(unused_url, APP_ENV="development", DB_CONNECT_TIMEOUT="1") as app:
        result = run_command(app, *arguments)
    assert result.exit_code == 1
    assert "hush-hush" not in result.output
    if arguments == ("check-db",):
        assert "ada" in result.stdout
        assert "127.0.0.1" in result.stdout


def test_check_db_warns_about_more_connections_than_the_server_allows(make_client, database_url):
    app = make_client(WEB_CONCURRENCY="8", DB_POOL_SIZE="20", DB_MAX_OVERFLOW="40").application
    result = run_command(app, "check-db")
    assert result.exit_code == 0
    assert "8 workers x (20 + 40 overflow) = 480 connections at most" in result.stdout
    assert ("480 connections exceed the 197 that the server allows" in result.stderr) == (
        not database_url.startswith("sqlite")
    )


@pytest.mark.parametrize("arguments", [*COMMANDS, *MIGRATING, ("check-db",)], ids=" ".join)
@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_every_command_reports_an_unavailable_database(kind, arguments, tmp_path, caplog):
    url = {
        "postgresql": f"postgresql://ada@127.0.0.1:{postgres.free_port()}/blog",
        "sqlite": f"sqlite:///{tmp_path / 'no such folder' / 'blog.db'}",
    }[kind]
    with running_app(url, APP_ENV="development", DB_CONNECT_TIMEOUT="1") as app:
        result = run_command(app, *arguments)
    assert_plain(result)
    # Flask-Migrate logs errors, which end up on standard error.
    output = result.stderr + caplog.text
    assert ("The database is not responding: " in output) or ("The database refuses access" in output)
    assert ("Connection refused" in output) or ("unable to open database file" in output)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_every_command_reports_missing_tables(empty, arguments):
    result = run_command(empty, *arguments)
    assert_plain(result)
    assert result.stderr == (
        "Error: The tables are missing or behind the code: run flask --app wsgi db upgrade.\n"
    )


def test_commands_work_as_processes(empty_url):
    assert flask(empty_url, "db", "upgrade").returncode == 0
    result = flask(empty_url, "db", "current")
    assert (result.returncode, "(head)" in result.stdout) == (0, True), result.stderr


def test_invalid_settings_are_reported_by_name():
    result = flask("mysql://nowhere", "check-db")
    assert result.returncode == 1
    assert "DATABASE_URL must begin with postgresql://" in result.stderr
    assert "Traceback" not in result.stderr
