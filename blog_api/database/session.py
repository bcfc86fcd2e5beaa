"""The session: reads without a transaction, and THE transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, TypeVarTuple

from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import Connection, Engine, Result, Select, exc, text
from sqlalchemy.orm import Session

from blog_api.database.base import Base
from blog_api.database.circuit_breaker import ProbedBreaker
from blog_api.database.connections import autocommit
from blog_api.database.engine_options import REPLICA
from blog_api.database.pools import DeadlinePool
from blog_api.problems import OutcomeUnknown, Unavailable

Columns = TypeVarTuple("Columns")


class RoutedSession(FlaskSession):
    """A session bound to `info["engine"]` if given, otherwise to the primary."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        """Return the engine of this session."""
        return self.info.get("engine") or super().get_bind(*args, **kwargs)


db = SQLAlchemy(
    metadata=Base.metadata,
    # No autoflush: crud modules flush, so that each unit of work is one UPDATE and raises the version once.
    session_options={"class_": RoutedSession, "expire_on_commit": False, "autoflush": False},
    engine_options={"poolclass": DeadlinePool},
)


@contextlib.contextmanager
def transaction() -> Iterator[Session]:
    """Run one transaction: commit at the end, roll back on any exception.

    An exception whose attribute `raise_after_commit` is true is raised after the commit.
    Must not be nested; a part that may fail alone is a savepoint (`session.begin_nested`).
    Raises Unavailable where the database is away, OutcomeUnknown where it went away during the commit.
    """
    _check_primary()
    session = db.session()
    try:
        with autocommit(enabled=False):
            yield session
            _commit(session)
    except BaseException as error:
        if getattr(error, "raise_after_commit", False):
            _commit(session)
        raise
    finally:
        _remove_session()


def _check_primary() -> None:
    breaker: ProbedBreaker | None = current_app.extensions["breaker"]
    if breaker is not None and not breaker.allows_attempt():
        raise Unavailable("The database does not answer.")


def _commit(session: Session) -> None:
    session.flush()
    try:
        session.commit()
    except exc.DBAPIError as error:
        if error.connection_invalidated:
            raise OutcomeUnknown from error
        raise


@contextlib.contextmanager
def reading(*, replica: bool = False) -> Iterator[Session]:
    """Read without a transaction: each statement sees what is committed when it starts.

    The first statement takes a connection, to the primary or to the replica, and the others use it too.
    Raises Unavailable where the primary is away.
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


def execute_rows(statement: Select[*Columns], parameters: Mapping[str, Any]) -> Result[*Columns]:
    """Execute a SELECT of columns on the connection of the session, where there are no entities to load.

    `Session.execute` also prepares to load entities, which a list of posts pays for without using it.
    """
    return db.session.connection().execute(statement, parameters)


def _remove_session() -> None:
    # On a lost connection the rollback fails too; the reply is decided by then.
    with contextlib.suppress(exc.SQLAlchemyError):
        db.session().close()
    db.session.registry.clear()


def release_connection() -> None:
    """Give the connection back before slow work such as hashing; the next statement takes one again.

    Only for a request that has not written yet: its writes would be lost.
    """
    db.session.rollback()


@contextlib.contextmanager
def autonomous_transaction() -> Iterator[None]:
    """Run a transaction of its own within a request that has not written yet.

    It stands whatever becomes of the request, which holds no connection before it and after it.
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
    """Let each statement of the transaction take as long as it needs: for commands, for which nobody waits."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
