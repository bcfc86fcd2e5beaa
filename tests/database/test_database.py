"""Tests of transactions and reads on both databases."""

from __future__ import annotations

import contextlib

import pytest
from sqlalchemy import QueuePool, exc, func, insert, select, text, update
from sqlalchemy.orm.exc import StaleDataError

from blog_api.database.dialects import is_postgresql
from blog_api.database.session import db, reading, release_connection, transaction
from blog_api.models.tags import Tag
from blog_api.problems import Conflict
from tests.apps import migrate, run_in_threads, running_app


def tag(name, **values):
    return Tag(name=name, name_key=name, slug=name, **values)


def checked_out():
    """Return the number of connections checked out of the pool."""
    pool = db.engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


def names():
    with reading() as session:
        return sorted(session.execute(select(Tag.name)).scalars())


def write_and_raise(name, error):
    with transaction() as session:
        session.add(tag(name))
        session.flush()
        raise error


def test_a_transaction_commits_at_the_end(app):
    with app.app_context():
        with transaction() as session:
            session.add(tag("kept"))
        assert names() == ["kept"]
        assert checked_out() == 0


@pytest.mark.parametrize("error", [RuntimeError, Conflict, KeyboardInterrupt])
def test_a_transaction_rolls_back_on_any_exception(app, error):
    with app.app_context():
        with pytest.raises(error):
            write_and_raise("gone", error)
        assert names() == []
        assert checked_out() == 0


def test_an_error_can_be_raised_after_the_commit(app):
    error = Conflict("x")
    error.raise_after_commit = True
    with app.app_context():
        with pytest.raises(Conflict):
            write_and_raise("kept", error)
        assert names() == ["kept"]


def test_a_failed_savepoint_does_not_fail_the_transaction(app):
    with app.app_context():
        with transaction() as session:
            session.add(tag("one"))
            session.flush()
            with pytest.raises(exc.IntegrityError), session.begin_nested():
                session.execute(insert(Tag).values(name="one", name_key="one", slug="one"))
            session.add(tag("two"))
        assert names() == ["one", "two"]


def test_release_connection_returns_the_connection_to_the_pool(app):
    with app.app_context(), transaction() as session:
        session.execute(text("SELECT 1"))
        assert checked_out() == 1
        release_connection()
        assert checked_out() == 0
        session.add(tag("later"))
    with app.app_context():
        assert names() == ["later"]


def test_reading_sees_concurrent_commits(parallel, app):
    with parallel.app_context(), reading() as reader:
        assert reader.execute(select(func.count(Tag.id))).scalar_one() == 0
        with app.app_context(), transaction() as other:
            other.add(tag("new"))
        assert reader.execute(select(func.count(Tag.id))).scalar_one() == 1


def test_a_transaction_after_reading_rolls_back(app):
    with app.app_context():
        assert names() == []
        with pytest.raises(ZeroDivisionError):
            write_and_raise("gone", ZeroDivisionError)
        assert names() == []


def test_concurrent_updates_of_an_object_are_never_lost_silently(parallel, app):
    with app.app_context(), transaction() as session:
        session.add(tag("counter", description="0"))

    def count_up(_number):
        done = 0
        for _ in range(15):
            with contextlib.suppress(StaleDataError):
                with transaction() as session:
                    row = session.execute(select(Tag)).scalar_one()
                    row.description = str(int(row.description) + 1)
                done += 1
        return done

    done = sum(run_in_threads(parallel, count_up, 4))
    with app.app_context(), reading() as reader:
        assert reader.execute(select(Tag.description, Tag.version)).one() == (str(done), done + 1)
        # SQLite locks at BEGIN, so no update fails.
        assert done == 60 or is_postgresql()


@pytest.fixture
def sqlite(tmp_path):
    """An app on a new SQLite database, with a pool for several threads."""
    url = migrate(f"sqlite:///{tmp_path / 'test.db'}")
    with running_app(url, DB_POOL_SIZE="10") as app, app.app_context():
        yield app


@pytest.mark.writes_directly
def test_sqlite_loses_no_read_modify_write_update(sqlite):
    with transaction() as session:
        session.add(tag("counter", description="0"))

    def count_up(_number):
        for _ in range(60):
            with transaction() as session:
                count = int(session.execute(select(Tag.description)).scalar_one())
                session.execute(update(Tag).values(description=str(count + 1)))

    run_in_threads(sqlite, count_up, 4)
    with reading() as reader:
        assert reader.execute(select(Tag.description)).scalar_one() == "240"


def test_sqlite_uses_foreign_keys_and_wal(sqlite):
    with reading() as session:
        pragmas = [
            session.execute(text(f"PRAGMA {name}")).scalar() for name in ("foreign_keys", "journal_mode")
        ]
    assert pragmas == [1, "wal"]
