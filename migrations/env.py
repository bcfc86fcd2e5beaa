"""Run the migrations on the engine of the app, one upgrade at a time."""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic import context
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError

from blog_api.database.base import Base
from blog_api.database.columns import UtcDateTime
from blog_api.database.engine_options import SERVER_TIMEOUTS
from blog_api.database.servers import WRONG_ENCODING, encoding_of
from blog_api.database.session import db

# Alembic does not import this file as a module with a name of its own.
log = logging.getLogger("blog_api.migrations")

# Key of the advisory lock. Any number that nothing else in the database uses.
LOCK = 7_203_411
LOCK_TIMEOUT = "5s"
# Objects that are not in the models: the search differs between the databases, and one index exists on PostgreSQL only.
UNMODELLED = re.compile(r"search|ix_posts_search|posts_search(_\w+)?|ix_posts_by_published_at")
# Seconds between attempts to acquire the lock.
PAUSE = 0.2
# A pooler offers transactions but no sessions: each transaction disables the timeouts and acquires the lock.
BEGIN_POOLED = f"""{"; ".join(f"SET LOCAL {name} = 0" for name in SERVER_TIMEOUTS)};
    SELECT pg_advisory_xact_lock({LOCK}); SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"""


def number_revision(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Number revisions consecutively: 0001, 0002, ..."""
    script = directives[0]
    head = context.script.get_current_head()
    script.rev_id = f"{int(head or 0) + 1:04}"


def render_item(kind: str, item: Any, autogen_context: Any) -> Any:
    """Render UtcDateTime as the SQL type that it maps to."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def include_object(_object: Any, name: str | None, _kind: str, reflected: bool, _other: Any) -> bool:
    """Return whether autogenerate compares this object with the models."""
    return not (reflected and UNMODELLED.fullmatch(name or ""))


def alone(connection: Connection) -> contextlib.AbstractContextManager[None]:
    """Return a context manager that excludes other upgrades.

    Migrations, and waiting for another upgrade, have no time limit. Only waiting for table locks has.
    """
    if connection.dialect.name == "sqlite":
        return without_foreign_keys(connection)
    if current_app.config["DATABASE_POOLED"]:
        event.listen(connection, "begin", begin_pooled)
        return contextlib.nullcontext()
    return locked_session(connection)


def begin_pooled(connection: Connection) -> None:
    """Start a migration transaction. This overrides the timeouts that the engine has set at its begin."""
    connection.exec_driver_sql(BEGIN_POOLED)


def wait_for_turn(connection: Connection) -> None:
    """Acquire the advisory lock by polling.

    A blocking statement would hold a snapshot, and CREATE INDEX CONCURRENTLY in the other upgrade waits for all
    snapshots: a deadlock.
    """
    lock = text("SELECT pg_try_advisory_lock(:lock)")
    while not connection.execute(lock, {"lock": LOCK}).scalar_one():
        connection.commit()
        time.sleep(PAUSE)


@contextlib.contextmanager
def locked_session(connection: Connection) -> Iterator[None]:
    """Hold a session-level lock, which survives the commits within a migration."""
    for timeout in SERVER_TIMEOUTS:
        connection.execute(text(f"SET {timeout} = 0"))
    wait_for_turn(connection)
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        for timeout in SERVER_TIMEOUTS:
            connection.execute(text(f"RESET {timeout}"))
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
        connection.commit()


@contextlib.contextmanager
def without_foreign_keys(connection: Connection) -> Iterator[None]:
    """Disable foreign keys: batch mode on SQLite recreates tables, and dropping one would cascade to its child rows."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        # SQLite ignores the pragma within a transaction, such as the one that read the version.
        connection.rollback()
        driver.execute("PRAGMA foreign_keys = ON")


def check_foreign_keys(connection: Connection) -> None:
    """Raise RuntimeError before the commit if a migration broke foreign keys on SQLite."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"the migration broke foreign keys: {broken[:5]}")


def connect() -> Connection:
    """Return a connection. Raises CommandError, which the CLI prints without a traceback, if the database is down."""
    if db.engine.dialect.name == "sqlite":
        # Only migrations create the file. Everything else opens an existing one, so that a mistyped path is an error.
        with contextlib.suppress(OSError):
            Path(str(db.engine.url.database)).touch()
    try:
        connection = db.engine.connect()
    except DBAPIError as error:
        raise CommandError(f"The database is not responding: {str(error.orig).strip()}") from error
    if (encoding := encoding_of(connection)) != "UTF8":
        connection.close()
        raise CommandError(WRONG_ENCODING.format(encoding=encoding))
    if connection.dialect.name == "postgresql":
        require_schema(connection)
    return connection


def require_schema(connection: Connection) -> None:
    """Raise CommandError if the schemas of search_path do not exist, so that there is no place for tables."""
    schema, path = connection.execute(text("SELECT current_schema(), current_setting('search_path')")).one()
    connection.rollback()
    if schema is None:
        connection.close()
        raise CommandError(
            f"No schema in the search_path ({path}) exists. Create it first: CREATE SCHEMA ..."
        )


def unknown_revision(connection: Connection) -> str | None:
    """Return the revision of the database if it is of a newer release, whose migrations this one does not have."""
    known = {script.revision for script in ScriptDirectory.from_config(context.config).walk_revisions()}
    current = set(context.get_context().get_current_heads())
    # Alembic would join the transaction of this query instead of using one for each revision.
    connection.rollback()
    return min(current - known, default=None)


def is_upgrade_to_head() -> bool:
    """Return whether the command migrates to the newest revision of this release."""
    try:
        target = context.get_revision_argument()
    except KeyError:
        return False
    return target == ScriptDirectory.from_config(context.config).get_current_head()


def run() -> None:
    """Run the migrations, each in its own transaction, or all in one if the lock belongs to the transaction.

    A database of a newer release has all the tables that this release needs, so there is nothing to do.
    """
    with connect() as connection, alone(connection):
        configure(connection)
        if (newer := unknown_revision(connection)) and is_upgrade_to_head():
            log.warning("the database is at revision %s, ahead of this release: nothing to upgrade", newer)
            return
        with context.begin_transaction():
            context.run_migrations()
            check_foreign_keys(connection)


def configure(connection: Connection) -> None:
    """Configure the migration context."""
    online = connection.dialect.name == "postgresql" and not current_app.config["DATABASE_POOLED"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        **current_app.extensions["migrate"].configure_args
        | {
            # The same revision for both databases.
            "render_as_batch": False,
            "process_revision_directives": number_revision,
            "render_item": render_item,
            "include_object": include_object,
            # Alembic assumes that SQLite cannot roll back DDL.
            "transactional_ddl": True,
            # Release the locks of each revision before the next one.
            "transaction_per_migration": online,
            # For online.py: whether a revision can leave its transaction.
            "online": online,
        },
    )


if context.is_offline_mode():
    raise SystemExit("Migrations look at the database, so there is no offline mode.")
run()
