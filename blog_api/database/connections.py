"""Event listeners for the connections of an engine."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Dialect, Engine, event, exc
from sqlalchemy.engine import Connection, ExceptionContext
from sqlalchemy.pool import ConnectionPoolEntry

from blog_api.context import check_deadline, seconds_left
from blog_api.database.engine_options import ON_BEGIN

# Execution option for statements outside a transaction.
READ_ONLY = "read_only"
# Connections that were idle for longer are pinged before use.
IDLE_SECONDS = 1.0
# SQLite checks the deadline every so many virtual machine instructions: a few milliseconds of work, and more than most
# statements need. Each check acquires the GIL, which another thread may hold.
PROGRESS_STEPS = 50_000
# After these errors SQLite may have rolled back the whole transaction.
ROLLBACK_ERRORS = ("SQLITE_INTERRUPT", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_NOMEM")


def add_listeners(engine: Engine, *, pre_ping: bool, lock_seconds: float) -> None:
    """Add the event listeners for the connections of `engine`.

    `pre_ping` pings idle connections at checkout; `lock_seconds` limits the wait for the write lock of SQLite.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", _open_existing_file)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", partial(_set_busy_timeout, lock_seconds))
        event.listen(engine, "handle_error", _invalidate_rolled_back)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "checkout", _set_autocommit)
    # An engine without listeners dispatches no events, which saves about 5% of the cost of a read.
    if on_begin := engine.get_execution_options().get(ON_BEGIN):
        event.listen(engine, "begin", partial(_begin, on_begin))
    if pre_ping:
        event.listen(engine, "connect", _record_use)
        event.listen(engine, "checkin", _record_use)
        event.listen(engine, "checkout", partial(_ping_if_idle, engine.dialect))


def _open_existing_file(_dialect: Dialect, _record: object, args: list[Any], options: dict[str, Any]) -> None:
    # SQLite would create a missing file, above all for a mistyped path. Only migrations do (migrations/env.py).
    args[0] = f"{Path(args[0]).as_uri()}?mode=rw"
    options["uri"] = True


def _prepare_sqlite(connection: Any, _record: object) -> None:
    for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.set_progress_handler(_deadline_passed, PROGRESS_STEPS)


def _deadline_passed() -> bool:
    # SQLite then interrupts the statement. COMMIT and ROLLBACK have too few instructions to be interrupted.
    return seconds_left() <= 0


def _invalidate_rolled_back(context: ExceptionContext) -> None:
    """Invalidate a connection whose statement was interrupted, or failed on a full or faulty disk.

    SQLite may have rolled back the whole transaction. Its savepoints are then gone, and later statements would run
    outside it.
    """
    name = getattr(context.original_exception, "sqlite_errorname", "")
    is_statement = context.execution_context is not None or context.statement is not None
    # COMMIT has neither. If it fails, nothing was written.
    if is_statement and name.startswith(ROLLBACK_ERRORS):
        assert context.connection is not None
        # A transaction that only read would otherwise keep its lock until its last cursor is garbage collected.
        context.connection.connection.rollback()
        context.is_disconnect, context.invalidate_pool_on_disconnect = True, False


def _prepare_postgresql(connection: Any, _record: object) -> None:
    # psycopg2 returns datetimes in the time zone of the connection. In other zones, the first and last day that clients
    # can send exceed the range of datetime. PgBouncer tracks this parameter for each client.
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

    SQLAlchemy's AUTOCOMMIT isolation level would cost two round trips (SET) at each checkout.
    """
    before, _mode.autocommit = _mode.autocommit, enabled
    try:
        yield
    finally:
        _mode.autocommit = before


def _set_autocommit(connection: Any, _record: object, _proxy: object) -> None:
    # Connections return to the pool in their last mode. Most are used for reads, one after the other.
    if connection.autocommit != _mode.autocommit:
        connection.autocommit = _mode.autocommit


def _record_use(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()


def _ping_if_idle(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Ping a connection that was idle. If the ping fails, the pool opens another one."""
    if time.monotonic() - record.info["used"] > IDLE_SECONDS:
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise exc.DisconnectionError from error
