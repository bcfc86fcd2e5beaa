"""Tests of concurrent upgrades, and of their cleanup."""

from __future__ import annotations

import threading
from pathlib import Path

from alembic.script import ScriptDirectory
from flask_migrate import upgrade
from sqlalchemy import create_engine, text

from blog_api.database.session import db
from tests.apps import MIGRATIONS, make_app
from tests.migrations.concurrent_upgrades import run_eight_upgrades
from tests.migrations.helpers import fill_all_tables, tables
from tests.postgres import create_database


def test_an_upgrade_restores_foreign_keys_and_releases_its_lock(empty):
    upgrade(MIGRATIONS)
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    else:
        with db.engine.connect() as connection:
            held = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
            assert connection.execute(held).scalar() == 0
            # The timeout of the service.
            assert connection.execute(text("SHOW lock_timeout")).scalar() == "10s"


def test_revisions_are_numbered_consecutively():
    script = ScriptDirectory(MIGRATIONS)
    numbers = [revision.revision for revision in script.walk_revisions()][::-1]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    for revision in script.walk_revisions():
        assert Path(revision.path).name.startswith(f"{revision.revision}_")
        assert revision.doc


def test_an_upgrade_waits_for_another_beyond_the_lock_timeout(cluster):
    app = make_app(
        create_database(cluster, "blog_api_empty"), DB_LOCK_TIMEOUT="200", DB_STATEMENT_TIMEOUT="200"
    )
    other = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    with app.app_context(), other.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(7203411)"))
        release = threading.Timer(0.8, connection.invalidate)
        release.start()
        upgrade(MIGRATIONS)
        release.join()
        assert "posts" in tables()
        db.engine.dispose()


def test_concurrent_upgrades_succeed(empty_url, empty):
    run_eight_upgrades(empty_url)
    fill_all_tables()


def test_the_db_commands_succeed(empty):
    runner = empty.test_cli_runner()
    for words in (["upgrade"], ["current"], ["check"], ["history"], ["downgrade", "base"], ["upgrade"]):
        result = runner.invoke(args=["db", *words])
        assert result.exit_code == 0, result.output
