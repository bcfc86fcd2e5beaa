"""The commands `db` and `reset-db`."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys

import pytest
from sqlalchemy import make_url, select, text

from blog_api.database.session import db, reading
from blog_api.models.audit import AuditEvent
from config import PROJECT, SETTINGS
from tests import postgres
from tests.apps import MIGRATIONS, SECRET, make_app, migrate
from tests.cli.databases.helpers import assert_plain, flask, tables
from tests.cli.helpers import run_command
from tests.databases import on_one_database


def test_reset_db_works_only_in_development(command, people, client):
    people().write()
    result = command("reset-db", "--yes")
    assert_plain(result, "reset-db works only in development (APP_ENV=development).")
    assert len(client.get("/api/v1/posts").json["data"]) == 1


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_reset_db_asks_for_confirmation_and_shows_the_database(empty, empty_url, answer):
    migrate(empty_url)
    result = run_command(empty, "reset-db", typed=answer)
    assert result.exit_code == 1
    assert make_url(empty.config["SQLALCHEMY_DATABASE_URI"]).render_as_string() in result.output
    assert "Continue? [y/N]" in result.output
    assert "posts" in tables(empty)


@pytest.mark.parametrize(("options", "answer"), [((), "y\n"), (("--yes",), None)])
def test_reset_db_deletes_all_data(empty, empty_url, options, answer):
    migrate(empty_url)
    assert run_command(empty, "seed", "--posts", "10").exit_code == 0
    result = run_command(empty, "reset-db", *options, typed=answer)
    assert result.exit_code == 0
    assert result.output.endswith("The database is empty and up to date.\n")
    assert empty.test_client().get("/api/v1/posts").json["data"] == []
    with empty.app_context(), reading():
        assert list(db.session.execute(select(AuditEvent.action)).scalars()) == ["database.reset"]
    assert run_command(empty, "check-db").exit_code == 0


def test_reset_db_creates_the_tables_of_a_new_database(empty):
    assert run_command(empty, "reset-db", "--yes").exit_code == 0
    assert run_command(empty, "check-db").exit_code == 0


def test_migrations_upgrade_and_downgrade(empty):
    assert run_command(empty, "db", "upgrade").exit_code == 0
    assert {"users", "posts", "tags", "post_tags", "sessions", "imported_files"} < tables(empty)
    assert run_command(empty, "db", "upgrade").exit_code == 0
    assert run_command(empty, "db", "downgrade", "base").exit_code == 0
    assert tables(empty) == {"alembic_version"}
    assert run_command(empty, "db", "upgrade").exit_code == 0


@pytest.mark.parametrize("arguments", [("upgrade",), ("check",), ("current",), ("downgrade", "base")])
def test_sqlite_enforces_foreign_keys_again_after_a_migration(tmp_path, arguments):
    app = make_app(f"sqlite:///{tmp_path / 'blog.db'}")
    run_command(app, "db", "upgrade")
    run_command(app, "db", *arguments)
    with app.app_context():
        with db.engine.connect() as connection:
            assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
        db.engine.dispose()


def test_the_migrations_match_the_models(command):
    assert command("db", "check").exit_code == 0


def test_a_new_migration_gets_the_next_number(command, app, tmp_path):
    copy = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = set((copy / "versions").glob("*.py"))
    assert command("db", "migrate", "--directory", str(copy), "--message", "More rooms").exit_code == 0
    (created,) = set((copy / "versions").glob("*.py")) - before
    number = int(app.extensions["revisions"].head) + 1
    assert created.name == f"{number:04}_more_rooms.py"
    source = created.read_text()
    compile(source, created.name, "exec")
    assert f"revision = '{number:04}'" in source.replace('"', "'")


@on_one_database
def test_db_upgrade_reports_each_migration(empty_url, empty):
    result = flask(empty_url, "db", "upgrade")
    assert result.returncode == 0
    reported = re.findall(r"Running upgrade (?:[0-9]{4})? -> ([0-9]{4}), \w", result.stderr)
    assert reported == sorted(empty.extensions["revisions"].known)
    assert len(result.stderr.splitlines()) == len(reported)


@pytest.fixture
def production(empty_url):
    """The environment of a command in production, on an upgraded database."""
    migrate(empty_url)
    settings = {"APP_ENV": "production", "SECRET_KEY": SECRET, "DATABASE_URL": empty_url}
    return {**os.environ, **dict.fromkeys(SETTINGS, ""), **settings}


DOWNGRADE = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "downgrade"]


@on_one_database
def test_db_downgrade_in_production_requires_a_confirmation(production, empty):
    options = {"cwd": PROJECT, "env": production, "capture_output": True, "text": True}
    refused = subprocess.run(DOWNGRADE, stdin=subprocess.DEVNULL, **options)
    assert refused.returncode == 1
    assert "To confirm it, add --yes." in refused.stderr
    assert run_command(empty, "check-db").exit_code == 0
    confirmed = subprocess.run([*DOWNGRADE, "--yes"], stdin=subprocess.DEVNULL, **options)
    assert confirmed.returncode == 0
    assert "Running downgrade" in confirmed.stderr
    assert run_command(empty, "check-db").exit_code == 1


@on_one_database
@pytest.mark.parametrize(("answer", "status"), [(b"n\n", 1), (b"y\n", 0)])
def test_db_downgrade_in_production_asks_on_a_terminal(production, empty, answer, status):
    terminal, end = pty.openpty()
    try:
        os.write(terminal, answer)
        done = subprocess.run(
            DOWNGRADE, cwd=PROJECT, env=production, stdin=end, capture_output=True, text=True
        )
    finally:
        os.close(terminal)
        os.close(end)
    assert done.returncode == status
    assert "with their data. Continue? [y/N]" in done.stdout
    assert run_command(empty, "check-db").exit_code == 1 - status


def test_db_check_fails_if_migrations_are_not_applied(empty):
    assert run_command(empty, "db", "history").exit_code == 0
    assert run_command(empty, "db", "current").exit_code == 0
    assert run_command(empty, "db", "check").exit_code == 1


def test_db_upgrade_reports_an_unavailable_database():
    result = flask(f"postgresql://ada:hush-hush@127.0.0.1:{postgres.free_port()}/blog", "db", "upgrade")
    assert (result.returncode, result.stdout) == (1, "")
    assert "The database is not responding: " in result.stderr
    assert "Traceback" not in result.stderr
    assert "hush-hush" not in result.stderr
