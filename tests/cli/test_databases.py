"""The commands about the database, and how every command fails without one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest
from sqlalchemy import inspect, make_url, select, text

from blog_api.database import db, reading, transaction
from blog_api.models import AuditEvent
from config import PROJECT, SETTINGS
from tests import postgres
from tests.apps import MIGRATIONS, SECRET, make_app, migrate, running_app
from tests.cli.helpers import run_command

ACCOUNT = ("--username", "ada", "--email", "ada@example.com", "--password", "correct horse battery")
COMMANDS = [
    ("create-admin", *ACCOUNT),
    ("create-user", *ACCOUNT),
    ("set-password", "ada", "--password", "correct horse battery"),
    ("disable-user", "ada"),
    ("seed",),
    ("import-markdown", MIGRATIONS),
]
MIGRATING = [
    ("db", "upgrade"),
    ("db", "downgrade"),
    ("db", "current"),
    ("db", "check"),
    ("reset-db", "--yes"),
]


@pytest.fixture
def empty(empty_url):
    """An app in development on a database without tables."""
    with running_app(empty_url, APP_ENV="development") as app:
        yield app


@pytest.fixture
def set_revision(app):
    """Makes the database say that it is at another revision."""

    def write(revision):
        with app.app_context(), transaction():
            db.session.execute(text("DELETE FROM alembic_version"))
            if revision is not None:
                db.session.execute(text("INSERT INTO alembic_version VALUES (:it)"), {"it": revision})

    yield write
    write(app.extensions["revisions"].head)


def tables(app):
    with app.app_context():
        return set(inspect(db.engine).get_table_names())


def flask(url, *arguments):
    """`flask --app wsgi ARGUMENTS` as a process of its own."""
    environment = {**os.environ, **dict.fromkeys(SETTINGS, "")}
    environment |= {"APP_ENV": "testing", "SECRET_KEY": SECRET, "DATABASE_URL": url}
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=PROJECT, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def assert_plain(result, *words):
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.stderr


def test_check_db_says_what_it_connects_to_and_that_all_is_well(command, app, database_url):
    result = command("check-db")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert list(lines) == ["database", "server", "timeouts", "pool", "connections", "migrations"]
    assert lines["database"] == make_url(database_url).render_as_string(hide_password=True)
    assert lines["server"].startswith(("SQLite 3.", "PostgreSQL 1"))
    assert lines["pool"].startswith("2 workers x (1 + 0 overflow) = 2 connections at most; timeout 3 s")
    assert lines["connections"] == "size 1, in use 1, overflow 0"
    assert lines["migrations"] == f"{app.extensions['revisions'].head}, up to date"


def test_check_db_says_which_limits_are_in_force(make_client, database_url):
    app = make_client(DB_LOCK_TIMEOUT="1500", DB_IDLE_TRANSACTION_TIMEOUT="2000").application
    lines = dict(line.split(maxsplit=1) for line in run_command(app, "check-db").stdout.splitlines())
    if database_url.startswith("sqlite"):
        assert lines["server"].endswith(", journal wal, foreign keys on")
        assert lines["timeouts"] == "lock 1.5 s"
    else:
        assert re.search(r", [0-9]+ of 197 connections in use$", lines["server"])
        assert lines["timeouts"] == "statement none, lock 1.5 s, idle in transaction 2 s"


def test_check_db_fails_where_nothing_was_migrated(empty):
    head = empty.extensions["revisions"].head
    result = run_command(empty, "check-db")
    assert_plain(result, "The migrations are behind the code: run flask --app wsgi db upgrade.")
    assert f"none applied; the code is at {head}" in result.stdout


def test_check_db_fails_where_the_version_table_is_empty(command, set_revision):
    set_revision(None)
    assert_plain(command("check-db"), "behind the code")


def test_check_db_fails_where_the_database_is_behind(command, set_revision, app, monkeypatch):
    revisions = app.extensions["revisions"]
    later = type(revisions)("9999", revisions.known | {"9999"})
    monkeypatch.setitem(app.extensions, "revisions", later)
    result = command("check-db")
    assert_plain(result, "behind the code")
    assert f"{revisions.head}, behind the code, which is at 9999" in result.stdout


def test_check_db_is_content_with_a_database_ahead_of_the_code(command, set_revision, app):
    set_revision("9999")
    result = command("check-db")
    assert result.exit_code == 0
    assert f"9999, ahead of the code, which is at {app.extensions['revisions'].head}" in result.stdout


def test_check_db_fails_where_the_database_is_another(cluster, tmp_path):
    other = make_url(cluster).set(database="no-such-database").render_as_string(hide_password=False)
    result = run_command(make_app(other), "check-db")
    assert_plain(result, "The database does not answer: ", 'database "no-such-database" does not exist')
    (tmp_path / "text.db").write_text("This is no database. " * 100)
    assert_plain(
        run_command(make_app(f"sqlite:///{tmp_path / 'text.db'}"), "check-db"), "file is not a database"
    )


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:hush-hush@127.0.0.1:{port}/blog",
        "postgresql://ada@127.0.0.1:{port}/blog?password=hush-hush&sslpassword=hush-hush",
    ],
)
@pytest.mark.parametrize("arguments", [("check-db",), ("reset-db", "--yes"), ("seed",), ("db", "upgrade")])
def test_no_command_prints_the_password(url, arguments):
    app = make_app(url.format(port=postgres.free_port()), APP_ENV="development", DB_CONNECT_TIMEOUT="1")
    result = run_command(app, *arguments)
    assert result.exit_code == 1
    assert "hush-hush" not in result.output
    if arguments == ("check-db",):
        assert "ada" in result.stdout
        assert "127.0.0.1" in result.stdout


def test_check_db_warns_of_more_connections_than_the_server_allows(make_client, database_url):
    app = make_client(WEB_CONCURRENCY="8", DB_POOL_SIZE="20", DB_MAX_OVERFLOW="40").application
    result = run_command(app, "check-db")
    assert result.exit_code == 0
    assert "8 workers x (20 + 40 overflow) = 480 connections at most" in result.stdout
    assert ("480 connections are more than the 197 that the server allows" in result.stderr) == (
        not database_url.startswith("sqlite")
    )


@pytest.mark.parametrize("arguments", [*COMMANDS, *MIGRATING, ("check-db",)], ids=" ".join)
@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_every_command_fails_plainly_while_the_database_is_away(kind, arguments, tmp_path, caplog):
    url = {
        "postgresql": f"postgresql://ada@127.0.0.1:{postgres.free_port()}/blog",
        "sqlite": f"sqlite:///{tmp_path / 'no such folder' / 'blog.db'}",
    }[kind]
    result = run_command(make_app(url, APP_ENV="development", DB_CONNECT_TIMEOUT="1"), *arguments)
    assert_plain(result)
    # Flask-Migrate logs what it has to say, which ends up on standard error.
    said = result.stderr + caplog.text
    assert "The database does not answer: " in said
    assert ("Connection refused" in said) or ("unable to open database file" in said)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_every_command_fails_plainly_where_there_are_no_tables(empty, arguments):
    result = run_command(empty, *arguments)
    assert_plain(result)
    assert result.stderr == (
        "Error: The tables are missing, or older than the code: run flask --app wsgi db upgrade.\n"
    )


def test_reset_db_works_in_development_only(command, people, client):
    people().write()
    result = command("reset-db", "--yes")
    assert_plain(result, "reset-db works in development only (APP_ENV=development).")
    assert len(client.get("/api/v1/posts").json["data"]) == 1


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_reset_db_asks_first_and_shows_which_database(empty, empty_url, answer):
    migrate(empty_url)
    result = run_command(empty, "reset-db", typed=answer)
    assert result.exit_code == 1
    assert make_url(empty.config["SQLALCHEMY_DATABASE_URI"]).render_as_string() in result.output
    assert "Go on? [y/N]" in result.output
    assert "posts" in tables(empty)


@pytest.mark.parametrize(("options", "answer"), [((), "y\n"), (("--yes",), None)])
def test_reset_db_empties_the_database(empty, empty_url, options, answer):
    migrate(empty_url)
    assert run_command(empty, "seed", "--posts", "10").exit_code == 0
    result = run_command(empty, "reset-db", *options, typed=answer)
    assert result.exit_code == 0
    assert result.output.endswith("The database is empty and up to date.\n")
    assert empty.test_client().get("/api/v1/posts").json["data"] == []
    with empty.app_context(), reading():
        assert list(db.session.execute(select(AuditEvent.action)).scalars()) == ["database.reset"]
    assert run_command(empty, "check-db").exit_code == 0


def test_reset_db_makes_the_tables_of_a_new_database(empty):
    assert run_command(empty, "reset-db", "--yes").exit_code == 0
    assert run_command(empty, "check-db").exit_code == 0


def test_the_migrations_go_up_and_down(empty):
    assert run_command(empty, "db", "upgrade").exit_code == 0
    assert {"users", "posts", "tags", "post_tags", "sessions", "imported_files"} < tables(empty)
    assert run_command(empty, "db", "upgrade").exit_code == 0
    assert run_command(empty, "db", "downgrade", "base").exit_code == 0
    assert tables(empty) == {"alembic_version"}
    assert run_command(empty, "db", "upgrade").exit_code == 0


@pytest.mark.parametrize("arguments", [("upgrade",), ("check",), ("current",), ("downgrade", "base")])
def test_sqlite_holds_foreign_keys_again_after_a_migration(tmp_path, arguments):
    app = make_app(f"sqlite:///{tmp_path / 'blog.db'}")
    run_command(app, "db", "upgrade")
    run_command(app, "db", *arguments)
    with app.app_context():
        with db.engine.connect() as connection:
            assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
        db.engine.dispose()


def test_the_migrations_are_the_models(command):
    assert command("db", "check").exit_code == 0


def test_a_new_migration_is_numbered_after_the_last(command, app, tmp_path):
    copy = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = set((copy / "versions").glob("*.py"))
    assert command("db", "migrate", "--directory", str(copy), "--message", "More rooms").exit_code == 0
    (made,) = set((copy / "versions").glob("*.py")) - before
    number = int(app.extensions["revisions"].head) + 1
    assert made.name == f"{number:04}_more_rooms.py"
    source = made.read_text()
    compile(source, made.name, "exec")
    assert f"revision = '{number:04}'" in source.replace('"', "'")


def test_check_of_migrations_fails_where_they_were_not_applied(empty):
    assert run_command(empty, "db", "history").exit_code == 0
    assert run_command(empty, "db", "current").exit_code == 0
    assert run_command(empty, "db", "check").exit_code == 1


def test_the_commands_work_as_processes(empty_url):
    assert flask(empty_url, "db", "upgrade").returncode == 0
    result = flask(empty_url, "db", "current")
    assert (result.returncode, "(head)" in result.stdout) == (0, True), result.stderr


def test_a_migration_as_a_process_fails_plainly_while_the_database_is_away():
    result = flask(f"postgresql://ada:hush-hush@127.0.0.1:{postgres.free_port()}/blog", "db", "upgrade")
    assert (result.returncode, result.stdout) == (1, "")
    assert "The database does not answer: " in result.stderr
    assert "Traceback" not in result.stderr
    assert "hush-hush" not in result.stderr


def test_wrong_settings_end_a_command_with_their_names():
    result = flask("mysql://nowhere", "check-db")
    assert result.returncode == 1
    assert "DATABASE_URL must begin with postgresql://" in result.stderr
    assert "Traceback" not in result.stderr
