"""Tests of waiting for an unresponsive PostgreSQL server only until the deadline."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import exc, select, text

from blog_api.context import limit_deadline
from blog_api.database.servers import pool_status
from blog_api.database.session import db, reading, transaction
from blog_api.models.tags import Tag
from blog_api.problems import OutcomeUnknown, Unavailable
from config import PROJECT
from tests.apps import SECRET, migrate, running_app
from tests.postgres import FAST, create_database, free_port, frozen, throwaway_cluster
from tests.replication import run_sql
from tests.slow_views import assert_unavailable
from tests.waiting import SECONDS, wait_until

DEADLINE = 0.3


@pytest.fixture(scope="module")
def server():
    """The URL of a migrated database on a server that tests can freeze."""
    with throwaway_cluster(FAST) as cluster:
        yield migrate(create_database(cluster, "blog"))


@pytest.fixture
def app(server):
    with running_app(server, DB_POOL_SIZE="4") as made, made.app_context():
        yield made
        with transaction() as session:
            session.execute(text("DELETE FROM tags"))


def add_tag():
    db.session.add(Tag(name="one", name_key="one", slug="one"))
    db.session.flush()


def names():
    with reading() as session:
        return list(session.execute(select(Tag.name)).scalars())


def backend():
    """Return the PID of the server process, which differs for each connection."""
    with transaction() as session:
        return session.execute(text("SELECT pg_backend_pid()")).scalar_one()


def heal():
    """Wait until the database responds again."""

    def answers():
        with contextlib.suppress(Unavailable):
            return names() is not None

    wait_until(answers)


def test_a_statement_ends_at_the_deadline_and_its_connection_is_discarded(app, server):
    before = backend()
    with frozen(server), limit_deadline(DEADLINE):
        with pytest.raises(exc.OperationalError, match="timeout expired") as failed, transaction() as session:
            session.execute(text("SELECT 1"))
        assert failed.value.connection_invalidated
    heal()
    assert pool_status(db.engine)["in_use"] == 0
    assert backend() != before


@contextlib.contextmanager
def frozen_before_commit(server):
    """Run a transaction that writes. Freeze the server before it ends, with little time left."""
    with contextlib.ExitStack() as stack, transaction():
        add_tag()
        stack.enter_context(frozen(server))
        stack.enter_context(limit_deadline(DEADLINE))
        yield


def test_a_commit_that_exceeds_the_deadline_has_an_unknown_outcome(app, server):
    with pytest.raises(OutcomeUnknown), frozen_before_commit(server):
        pass
    heal()
    assert pool_status(db.engine)["in_use"] == 0


def test_a_rollback_that_exceeds_the_deadline_changes_nothing(app, server):
    with pytest.raises(ZeroDivisionError), frozen_before_commit(server):
        raise ZeroDivisionError
    assert pool_status(db.engine)["in_use"] == 0
    heal()
    assert names() == []


def open_files():
    # Errors refer to the connections on which they occurred, in cycles, and keep their sockets open until collected.
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_an_outage_leaks_no_threads_or_files(server):
    with running_app(server, DB_POOL_SIZE="4", REQUEST_DEADLINE="1") as made:
        client = made.test_client()
        assert client.get("/api/v1/posts").status_code == 200
        threads, files = set(threading.enumerate()), open_files()
        with frozen(server):
            for _ in range(20):
                assert_unavailable(client.get("/api/v1/posts"), "is not responding")
            assert set(threading.enumerate()) == threads
            assert open_files() <= files
        wait_until(lambda: client.get("/api/v1/posts").status_code == 200)
        assert open_files() <= files


def test_a_statement_without_a_deadline_is_not_limited(app):
    with transaction() as session:
        session.execute(text("SELECT pg_sleep(0.5)"))


def test_a_server_error_keeps_the_connection_open(app):
    with db.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        for _ in range(2):
            with limit_deadline(SECONDS), pytest.raises(exc.DataError):
                connection.execute(text("SELECT 1 / 0"))
            connection.rollback()
            assert driver.closed == 0


def interrupt_sleep(url):
    """Send SIGINT to this process when it waits for the server."""
    asleep = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
    wait_until(lambda: run_sql(url, asleep))
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def interruptible():
    """Raise KeyboardInterrupt on SIGINT, also in test worker processes."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_connection_is_discarded(app, server):
    before = backend()
    other = threading.Thread(target=interrupt_sleep, args=[server])
    other.start()
    with pytest.raises(KeyboardInterrupt), transaction() as session:
        session.execute(text("SELECT pg_sleep(600)"))
    other.join()
    assert backend() != before


def test_ctrl_c_stops_a_command_that_waits_for_the_server():
    with contextlib.closing(socket.create_server(("127.0.0.1", free_port()))) as mute:
        mute.settimeout(SECONDS)
        url = f"postgresql://nobody@127.0.0.1:{mute.getsockname()[1]}/nothing"
        environment = {**os.environ, "DATABASE_URL": url, "DB_CONNECT_TIMEOUT": "600", "SECRET_KEY": SECRET}
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "check-db"]
        with subprocess.Popen(
            command, cwd=PROJECT, env=environment, stderr=subprocess.PIPE, text=True
        ) as running:
            try:
                came, _ = mute.accept()
                with came:
                    # The client has sent its first packet and waits for the response.
                    assert came.recv(1)
                    running.send_signal(signal.SIGINT)
                    _, said = running.communicate(timeout=SECONDS)
            finally:
                running.kill()
    assert running.returncode == 1
    assert "Aborted!" in said


def test_the_wait_callback_applies_to_all_psycopg2_connections(server):
    """The callback is global, so connections without a deadline use it, too."""
    dsn = server.replace("postgresql+psycopg2", "postgresql")
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchall() == [(1,)]
