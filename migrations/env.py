"""Runs the migrations on the app's own engine: one at a time, on both databases."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from typing import Any

from alembic import context
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError

from blog_api.database.base import Base
from blog_api.database.columns import UtcDateTime
from blog_api.database.engine_options import SERVER_TIMEOUTS
from blog_api.database.session import db

# Any number will do, as long as nothing else in the database uses it.
LOCK = 7_203_411
LOCK_TIMEOUT = "5s"
# What the migrations make of it is in no model: each database has the search in its own way, and one the index alone.
UNMODELLED = re.compile(r"search|ix_posts_search|posts_search(_\w+)?|ix_posts_by_published_at")
# Seconds between two looks whether another upgrade is done.
PAUSE = 0.2
# A pooler has no sessions, only transactions: each of them sets aside the limits and takes the lock by itself.
BEGIN_POOLED = f"""{"; ".join(f"SET LOCAL {name} = 0" for name in SERVER_TIMEOUTS)};
    SELECT pg_advisory_xact_lock({LOCK}); SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"""


def number_revision(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Number a new revision after the last one: 0001, 0002, ..."""
    script = directives[0]
    head = context.script.get_current_head()
    script.rev_id = f"{int(head or 0) + 1:04}"


def render_item(kind: str, item: Any, autogen_context: Any) -> Any:
    """Write the project's own column type as what it is in the database."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def include_object(_object: Any, name: str | None, _kind: str, reflected: bool, _other: Any) -> bool:
    """Whether the models and the database are compared in this."""
    return not (reflected and UNMODELLED.fullmatch(name or ""))


def alone(connection: Connection) -> contextlib.AbstractContextManager[None]:
    """Hold off other upgrades. A migration may take long, and so may waiting for another one; only a lock on a table
    may not."""
    if connection.dialect.name == "sqlite":
        return without_foreign_keys(connection)
    if current_app.config["DATABASE_POOLED"]:
        event.listen(connection, "begin", begin_pooled)
        return contextlib.nullcontext()
    return locked_session(connection)


def begin_pooled(connection: Connection) -> None:
    """Begin a transaction of migrations, after the engine has begun it with the limits of the service."""
    connection.exec_driver_sql(BEGIN_POOLED)


def wait_for_turn(connection: Connection) -> None:
    """Take the lock once no other upgrade has it.

    Asked again and again: a statement that waits has a snapshot, and whoever makes an index while others write waits
    for the end of all snapshots, so that the two would wait for each other.
    """
    lock = text("SELECT pg_try_advisory_lock(:lock)")
    while not connection.execute(lock, {"lock": LOCK}).scalar_one():
        connection.commit()
        time.sleep(PAUSE)


@contextlib.contextmanager
def locked_session(connection: Connection) -> Iterator[None]:
    """The lock belongs to the session, so that it outlasts a migration that commits in between."""
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
    """The batch mode of SQLite drops and makes tables anew, which would delete what refers to them."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        # Within a transaction, such as that of reading the version, SQLite takes no notice of the pragma.
        connection.rollback()
        driver.execute("PRAGMA foreign_keys = ON")


def check_foreign_keys(connection: Connection) -> None:
    """Raise RuntimeError, before the commit, where a migration left a row that refers to nothing."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"the migration broke foreign keys: {broken[:5]}")


def connect() -> Connection:
    """A connection. Raises CommandError, which ends a command in plain words, where the database does not answer."""
    try:
        return db.engine.connect()
    except DBAPIError as error:
        raise CommandError(f"The database does not answer: {str(error.orig).strip()}") from error


def run() -> None:
    """Run what the command asks for: each revision in a transaction, or all of them in one where that is the lock."""
    with connect() as connection, alone(connection):
        online = connection.dialect.name == "postgresql" and not current_app.config["DATABASE_POOLED"]
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            **current_app.extensions["migrate"].configure_args
            | {
                "render_as_batch": connection.dialect.name == "sqlite",
                "process_revision_directives": number_revision,
                "render_item": render_item,
                "include_object": include_object,
                # Alembic takes SQLite for a database that cannot undo a change of its tables.
                "transactional_ddl": True,
                # So that no revision keeps the locks of those before it.
                "transaction_per_migration": online,
                # Whether a revision may leave its transaction, for online.py.
                "online": online,
            },
        )
        with context.begin_transaction():
            context.run_migrations()
            check_foreign_keys(connection)


if context.is_offline_mode():
    raise SystemExit("Migrations look at the database, so there is no offline mode.")
run()
