"""Tests of migrations/online.py: changing tables while they are in use."""

from __future__ import annotations

import contextlib
from threading import Event, Thread
from time import sleep

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from blog_api.database.session import db, transaction
from migrations import online
from tests import postgres
from tests.apps import MIGRATIONS, make_app, migrate, running_app
from tests.next_release import next_release

INDEX = 'online.create_index("ix_posts_next", "posts", ["summary", sa.text("id DESC")])\n'
COLUMN = 'online.add_column("posts", sa.Column("next", sa.Integer, server_default="7", nullable=False))\n'
FILL = 'online.fill("posts", "UPDATE posts SET next = id WHERE id BETWEEN :low AND :high")\n'
CHECK = 'online.add_check("ck_posts_next", "posts", "summary <> \'wrong\'")\n'
UP = COLUMN + FILL + INDEX + CHECK
DOWN = """
online.drop_check("ck_posts_next", "posts", "summary <> 'wrong'")
online.drop_index("ix_posts_next", "posts")
online.drop_column("posts", "next")
"""
USER = """
INSERT INTO users (id, username, username_key, display_name, role, is_active)
VALUES (1, 'a', 'a', 'a', 'author', true)
"""
POST = "INSERT INTO posts (slug, title, author_id, summary) VALUES (:slug, 'x', 1, '')"


@pytest.fixture
def blog(empty_url):
    """An app in its context, on a database with some posts, and with a statement timeout of five seconds."""
    settings = {"DB_POOL_SIZE": "3", "DB_STATEMENT_TIMEOUT": "5000"}
    with running_app(migrate(empty_url), **settings) as app, app.app_context():
        run(USER)
        for number in range(10):
            run(POST, slug=f"post-{number}")
        yield app


def run(statement, **values):
    with transaction() as session:
        return session.execute(text(statement), values)


def column(statement):
    with db.engine.connect() as connection:
        return connection.execute(text(statement)).scalars().all()


def indexes():
    return {index["name"] for index in inspect(db.engine).get_indexes("posts")}


def checks():
    return {check["name"] for check in inspect(db.engine).get_check_constraints("posts")}


def columns():
    return {found["name"] for found in inspect(db.engine).get_columns("posts")}


def test_upgrade_and_downgrade_of_a_column_an_index_and_a_check(blog, tmp_path, monkeypatch):
    monkeypatch.setattr(online, "BATCH", 3)
    before = indexes(), checks(), columns()
    migrations = next_release(tmp_path, UP, DOWN)
    for _ in range(2):
        upgrade(migrations)
        assert (indexes(), checks(), columns()) == (
            before[0] | {"ix_posts_next"},
            before[1] | {"ck_posts_next"},
            before[2] | {"next"},
        )
        assert column("SELECT next - id FROM posts") == [0] * 10
        run(POST, slug="new")
        assert column("SELECT next FROM posts WHERE slug = 'new'") == [7]
        run("DELETE FROM posts WHERE slug = 'new'")
        with pytest.raises(DBAPIError, match="ck_posts_next"):
            run("UPDATE posts SET summary = 'wrong'")
        downgrade(migrations, "-1")
        assert (indexes(), checks(), columns()) == before
        run("UPDATE posts SET summary = 'wrong'")
        run("UPDATE posts SET summary = ''")


@pytest.mark.parametrize("done", [COLUMN, COLUMN + FILL, COLUMN + FILL + INDEX, UP])
def test_an_interrupted_upgrade_can_be_repeated(blog, tmp_path, done):
    stop = tmp_path / "stop"
    stop.touch()
    stopped = f"""
import pathlib
if pathlib.Path({str(stop)!r}).exists():
    {"; ".join(done.strip().splitlines())}
    raise SystemExit("stopped")
"""
    migrations = next_release(tmp_path, stopped + UP, DOWN)
    with pytest.raises(SystemExit, match="stopped"):
        upgrade(migrations)
    stop.unlink()
    upgrade(migrations)
    assert {"ix_posts_next"} <= indexes()
    assert {"ck_posts_next"} <= checks()
    assert column("SELECT next - id FROM posts") == [0] * 10


def test_a_violated_check_fails_until_the_rows_are_fixed(blog, tmp_path, caplog):
    run("UPDATE posts SET summary = 'wrong' WHERE slug = 'post-3'")
    migrations = next_release(tmp_path, CHECK)
    with pytest.raises(SystemExit):
        upgrade(migrations)
    assert "rows of posts that violate ck_posts_next: summary <> 'wrong'" in caplog.text
    run("UPDATE posts SET summary = ''")
    upgrade(migrations)
    assert "ck_posts_next" in checks()
    with pytest.raises(DBAPIError, match="ck_posts_next"):
        run("UPDATE posts SET summary = 'wrong'")


postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@postgresql
def test_an_invalid_index_is_rebuilt(blog, tmp_path):
    with (
        db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        pytest.raises(DBAPIError),
    ):
        connection.execute(text("CREATE UNIQUE INDEX CONCURRENTLY ix_posts_next ON posts (title)"))
    invalid = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
    assert column(invalid) == ["ix_posts_next"]
    upgrade(next_release(tmp_path, INDEX))
    assert column(invalid) == []
    assert "ix_posts_next" in indexes()


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%'"


@contextlib.contextmanager
def long_transaction(url):
    """Keep a transaction open that has read posts, like a backup."""
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("SELECT count(*) FROM posts"))
        yield connection
    engine.dispose()


@postgresql
def test_waiting_for_a_lock_does_not_block_other_sessions(blog, tmp_path, empty_url):
    migrations, done = next_release(tmp_path, COLUMN), Event()

    def upgrade_meanwhile():
        with blog.app_context():
            upgrade(migrations)
        done.set()

    thread = Thread(target=upgrade_meanwhile)
    with long_transaction(empty_url):
        thread.start()
        # These take longer than one lock attempt: without pauses between attempts they would be blocked.
        while not done.wait(0.1) and column(WAITING) == [0]:
            pass
        for _ in range(20):
            assert len(column("SELECT id FROM posts")) == 10
            run("UPDATE posts SET summary = 'new'")
        assert not done.is_set()
    thread.join()
    assert "next" in columns()


SLOW_VACUUM = """
ALTER TABLE posts SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)
"""
VACUUMING = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'autovacuum:%public.posts%'"


@pytest.fixture
def vacuumed_url():
    """The URL of a server that starts autovacuum every second."""
    with postgres.throwaway_cluster({**postgres.FAST, "autovacuum_naptime": "1s"}) as server:
        yield server


def test_autovacuum_yields_to_the_upgrade(vacuumed_url, tmp_path):
    app = make_app(vacuumed_url)
    with app.app_context():
        upgrade(MIGRATIONS)
        run(USER)
        run(SLOW_VACUUM)
        rows = [{"slug": f"post-{number}"} for number in range(2000)]
        with transaction() as session:
            session.execute(text(POST), rows)
        run("UPDATE posts SET summary = 'another'")
        while column(VACUUMING) == [0]:
            sleep(0.05)
        upgrade(next_release(tmp_path, COLUMN))
        assert "next" in columns()
        db.engine.dispose()


@postgresql
def test_an_upgrade_that_gets_no_lock_fails_with_a_clear_message(
    blog, tmp_path, empty_url, monkeypatch, caplog
):
    migrations = next_release(tmp_path, INDEX + COLUMN)
    monkeypatch.setattr(online, "LOCK_TIMEOUT", "20ms")
    monkeypatch.setattr(online, "PAUSE", 0.01)
    monkeypatch.setattr(online, "ATTEMPTS", 3)
    with long_transaction(empty_url), pytest.raises(SystemExit):
        upgrade(migrations)
    assert "it goes on where it stopped" in caplog.text
    assert "ix_posts_next" in indexes()
    upgrade(migrations)
    assert "next" in columns()
