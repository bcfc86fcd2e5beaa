"""What each connection of an engine goes through: when it is made, begins, ends, and leaves its pool."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import Dialect, Engine, event, exc
from sqlalchemy.engine import Connection, ExceptionContext
from sqlalchemy.pool import ConnectionPoolEntry

from blog_api.context import check_deadline, seconds_left
from blog_api.database.engine_options import ON_BEGIN

# The execution option of statements that are no part of a transaction.
READ_ONLY = "read_only"
# How long a connection is trusted to be alive.
IDLE_SECONDS = 1.0
# After how many steps of its machine SQLite asks whether the request is late: some milliseconds of work, and more than
# most statements need. To ask takes Python's lock, which another thread may have.
PROGRESS_STEPS = 50_000
# Upon these SQLite may have rolled the whole transaction back.
ROLLBACK_ERRORS = ("SQLITE_INTERRUPT", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_NOMEM")


def add_listeners(engine: Engine, *, pre_ping: bool, lock_seconds: float) -> None:
    """Set up the connections that `engine` will make.

    `pre_ping`: ask one that was idle whether it lives; `lock_seconds`: how long to wait for the one lock of SQLite.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", partial(_set_busy_timeout, lock_seconds))
        event.listen(engine, "handle_error", _invalidate_rolled_back)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "checkout", _set_autocommit)
    # An engine to whose own events nobody listens asks for none of them, which is a twentieth of a read.
    if on_begin := engine.get_execution_options().get(ON_BEGIN):
        event.listen(engine, "begin", partial(_begin, on_begin))
    if pre_ping:
        event.listen(engine, "connect", _record_use)
        event.listen(engine, "checkin", _record_use)
        event.listen(engine, "checkout", partial(_ping_if_idle, engine.dialect))


def _prepare_sqlite(connection: Any, _record: object) -> None:
    for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.set_progress_handler(_deadline_passed, PROGRESS_STEPS)


def _deadline_passed() -> bool:
    # SQLite then interrupts the statement. A COMMIT or a ROLLBACK has too few steps to be asked about.
    return seconds_left() <= 0


def _invalidate_rolled_back(context: ExceptionContext) -> None:
    """Give a connection up whose statement was interrupted, or met a full or failing disk, as that to a server is cut.

    SQLite may have rolled the whole transaction back. No savepoint is left to go back to then, and what is sent next
    must not be taken for a part of that transaction.
    """
    name = getattr(context.original_exception, "sqlite_errorname", "")
    is_statement = context.execution_context is not None or context.statement is not None
    # A COMMIT, which has neither, fails in one way only: nothing was written.
    if is_statement and name.startswith(ROLLBACK_ERRORS):
        assert context.connection is not None
        # Or a transaction that had only read would hold the lock until the last cursor is forgotten.
        context.connection.connection.rollback()
        context.is_disconnect, context.invalidate_pool_on_disconnect = True, False


def _prepare_postgresql(connection: Any, _record: object) -> None:
    # psycopg2 makes datetimes in the zone of the connection, where the first and last day that a client may send are
    # in years that Python does not have. PgBouncer keeps this parameter for each of its clients.
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
    connection.autocommit = False


def _set_busy_timeout(lock_seconds: float, connection: Connection) -> None:
    if READ_ONLY not in connection.get_execution_options():
        seconds = min(lock_seconds, check_deadline())
        connection.connection.dbapi_connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")  # type: ignore[union-attr]


def _begin(on_begin: str, connection: Connection) -> None:
    if READ_ONLY not in connection.get_execution_options():
        connection.exec_driver_sql(on_begin)


class _Mode(threading.local):
    autocommit = False


_mode = _Mode()


@contextlib.contextmanager
def autocommit(*, enabled: bool = True) -> Iterator[None]:
    """Check out connections in autocommit mode in this thread, or with `enabled=False` in transactions.

    SQLAlchemy's isolation level AUTOCOMMIT would cost two round trips of SET for each use of a connection.
    """
    before, _mode.autocommit = _mode.autocommit, enabled
    try:
        yield
    finally:
        _mode.autocommit = before


def _set_autocommit(connection: Any, _record: object, _proxy: object) -> None:
    # It goes back into the pool as it was used last: most are for reading, and the next ones too.
    if connection.autocommit != _mode.autocommit:
        connection.autocommit = _mode.autocommit


def _record_use(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()


def _ping_if_idle(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask a connection whether it lives, unless it was used a moment ago; the pool then makes another one."""
    if time.monotonic() - record.info["used"] > IDLE_SECONDS:
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise exc.DisconnectionError from error
