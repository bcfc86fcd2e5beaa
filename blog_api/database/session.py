"""The database session: transactions, and reads without a transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVarTuple

from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import Connection, Engine, Result, Select, event, exc, text
from sqlalchemy.orm import Session, UOWTransaction

from blog_api.database.base import Base
from blog_api.database.circuit_breaker import ProbedBreaker
from blog_api.database.connections import autocommit
from blog_api.database.engine_options import REPLICA
from blog_api.database.pools import DeadlinePool
from blog_api.problems import OutcomeUnknown, Unavailable

Columns = TypeVarTuple("Columns")
BeforeFlush = Callable[[Session, UOWTransaction, object], None]
AfterFlush = Callable[[Session, UOWTransaction], None]
# Execution options of an UPDATE or DELETE of rows that are not loaded in the session.
UNSYNCHRONIZED = {"synchronize_session": False}
# The driver of SQLite begins no transaction before a SELECT.
_SNAPSHOT = {
    "postgresql": (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        "SET LOCAL statement_timeout = 0",
        "SET LOCAL idle_in_transaction_session_timeout = 0",
    ),
    "sqlite": ("BEGIN",),
}


class RoutedSession(FlaskSession):
    """A session bound to `info["engine"]`, by default to the primary."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        """Return the engine of this session."""
        return self.info.get("engine") or super().get_bind(*args, **kwargs)


db = SQLAlchemy(
    metadata=Base.metadata,
    # No autoflush: the crud modules flush, so that a unit of work emits one UPDATE and increments the version once.
    session_options={"class_": RoutedSession, "expire_on_commit": False, "autoflush": False},
    engine_options={"poolclass": DeadlinePool},
)


def listen_to_flushes(*, before: BeforeFlush, after: AfterFlush) -> None:
    """Call the functions before and after each flush of every session of the app."""
    for name, function in (("before_flush", before), ("after_flush", after)):
        if not event.contains(RoutedSession, name, function):
            event.listen(RoutedSession, name, function)


@contextlib.contextmanager
def transaction(*, dry_run: bool = False) -> Iterator[Session]:
    """Run a transaction: commit at the end, roll back on any exception.

    If the exception has a true `raise_after_commit` attribute, commit before raising it. Transactions cannot be nested;
    use a savepoint (`session.begin_nested`) for a part that can fail on its own.
    With `dry_run`, raise what a commit would raise, but never commit.
    Raises Unavailable if the database is down, OutcomeUnknown if the connection is lost during the commit.
    """
    _check_primary()
    session = db.session()
    end = _check_deferred if dry_run else _commit
    try:
        with autocommit(enabled=False):
            yield session
            end(session)
    except BaseException as error:
        if getattr(error, "raise_after_commit", False):
            end(session)
        raise
    finally:
        _remove_session()


def _check_primary() -> None:
    breaker: ProbedBreaker | None = current_app.extensions["breaker"]
    if breaker is not None and not breaker.allows_attempt():
        raise Unavailable("The database is not responding.")


def _commit(session: Session) -> None:
    session.flush()
    try:
        session.commit()
    except exc.DBAPIError as error:
        if error.connection_invalidated:
            raise OutcomeUnknown from error
        raise


def _check_deferred(session: Session) -> None:
    """Flush, and run the checks and triggers that PostgreSQL defers to the commit. SQLite defers none."""
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


@contextlib.contextmanager
def reading(*, replica: bool = False) -> Iterator[Session]:
    """Read in autocommit mode: each statement sees the data committed when it starts.

    The first statement checks out a connection to the primary or the replica; later statements share it.
    Raises Unavailable if the primary is down.
    """
    if not replica:
        _check_primary()
    engine = current_app.extensions["reading_engines"][REPLICA if replica else None]
    if db.session.registry.has():
        db.session.remove()
    with autocommit():
        try:
            yield db.session(info={"engine": engine})
        finally:
            _remove_session()


@contextlib.contextmanager
def snapshot() -> Iterator[Session]:
    """Read in one transaction: all statements see the data committed when it starts, however long it takes.

    Raises Unavailable if the database is down.
    """
    _check_primary()
    if db.session.registry.has():
        db.session.remove()
    with autocommit(enabled=False):
        try:
            session = db.session(info={"engine": current_app.extensions["reading_engines"][None]})
            for statement in _SNAPSHOT[session.get_bind().dialect.name]:
                session.execute(text(statement))
            yield session
        finally:
            _remove_session()


def execute_rows(statement: Select[*Columns], parameters: Mapping[str, Any]) -> Result[*Columns]:
    """Execute a SELECT of columns on the connection of the session.

    This skips the ORM loading of `Session.execute`, which lists of posts do not need.
    """
    return db.session.connection().execute(statement, parameters)


def _remove_session() -> None:
    # On a lost connection the rollback fails, too. The response is already decided.
    with contextlib.suppress(exc.SQLAlchemyError):
        db.session().close()
    db.session.registry.clear()


def release_connection() -> None:
    """Return the connection to the pool before slow work such as password hashing.

    The next statement checks out another one. Uncommitted writes are rolled back, so call this before any writes.
    """
    db.session.rollback()


@contextlib.contextmanager
def autonomous_transaction() -> Iterator[None]:
    """Run a separate transaction within a request that has not written anything yet.

    It stays committed even if the request fails. The connection of the request is released first.
    """
    release_connection()
    outer = db.session()
    inner = db.session.session_factory()
    db.session.registry.set(inner)
    try:
        with autocommit(enabled=False), inner.begin():
            yield
    finally:
        inner.close()
        db.session.registry.set(outer)


def disable_statement_timeout() -> None:
    """Disable the statement timeout in the current transaction, for CLI commands."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
