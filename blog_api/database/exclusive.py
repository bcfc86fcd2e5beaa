"""A lock on the database for commands that must not overlap. It ends with the process that holds it."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from blog_api.database.connections import autocommit
from blog_api.database.dialects import is_postgresql
from blog_api.database.session import db
from blog_api.problems import Conflict

# Key of the advisory lock. Any number that nothing else in the database uses.
LOCK = 7203413
# Appended to the path of a SQLite database. The file stays: if it were removed, two processes could lock two files.
SUFFIX = "-commands"


@contextlib.contextmanager
def exclusive() -> Iterator[None]:
    """Keep all other blocks of this kind from running on the same database. Raises Conflict if one is running."""
    with _lock_on_postgresql() if is_postgresql() else _lock_beside_sqlite() as acquired:
        if not acquired:
            raise Conflict(
                "Another import, seed or reset-db is running on this database. Run this again when it has ended."
            )
        yield


@contextlib.contextmanager
def _lock_on_postgresql() -> Iterator[bool]:
    """Try to hold an advisory lock until the end of a transaction, which a pooler keeps on one server connection.

    Such a transaction has no snapshot and blocks neither vacuum nor the concurrent creation of indexes.
    """
    with autocommit(enabled=False), db.engine.connect() as connection:
        # The command may need all connections of the pool.
        connection.detach()
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield bool(
            connection.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": LOCK}).scalar_one()
        )


@contextlib.contextmanager
def _lock_beside_sqlite() -> Iterator[bool]:
    """Try to lock a file beside the database: a lock in the database would also block the writes of the command."""
    path = Path(db.engine.url.database or "")
    if not path.is_file():
        # The command fails, or it creates the database.
        yield True
        return
    with path.with_name(path.name + SUFFIX).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
