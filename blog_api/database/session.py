"""The session, reads without a transaction, and THE transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, CursorResult, Executable, Select, exc, text
from sqlalchemy.orm import Session

from blog_api.database.base import Base
from blog_api.database.circuit_breaker import ProbedBreaker
from blog_api.database.engine_options import REPLICA
from blog_api.database.pools import DeadlinePool
from blog_api.database.readers import Reader
from blog_api.problems import OutcomeUnknown, Unavailable

db = SQLAlchemy(
    metadata=Base.metadata,
    session_options={"expire_on_commit": False},
    engine_options={"poolclass": DeadlinePool},
)


@contextlib.contextmanager
def transaction() -> Iterator[Session]:
    """One transaction: commit at the end, roll back on any exception.

    An exception whose attribute `writes_stand` is true is raised after the commit.
    Must not be nested; a part that may fail alone is a savepoint (`session.begin_nested`).
    Raises Unavailable where the database is away, OutcomeUnknown where it went away while it committed.
    """
    _check_primary()
    session = db.session()
    try:
        yield session
        _commit(session)
    except BaseException as error:
        if getattr(error, "writes_stand", False):
            _commit(session)
        raise
    finally:
        _end(session)


def _check_primary() -> None:
    breaker: ProbedBreaker | None = current_app.extensions["breaker"]
    if breaker is not None and not breaker.may_try():
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
def reading(*, replica: bool = False) -> Iterator[Reader]:
    """Reads without a transaction: each statement sees what is committed when it starts.

    All of them on one connection, to the primary or to the replica. Raises Unavailable where the primary is away.
    """
    if not replica:
        _check_primary()
    reader = Reader(current_app.extensions["reading_engines"][REPLICA if replica else None])
    db.session.registry.set(reader)  # type: ignore[arg-type]
    try:
        yield reader
    finally:
        _end(reader)


def fetch(statement: Select[*tuple[Any, ...]], parameters: Mapping[str, Any]) -> Sequence[Any]:
    """The rows of a statement, as named tuples, within `reading` or a `transaction`.

    The statement must be built once, by its module or by a cached function: what it takes to run it is kept for it.
    `parameters` may be more than it has.
    """
    session: Session | Reader = db.session.registry()
    if isinstance(session, Reader):
        return session.fetch(statement, parameters)
    return session.execute(statement, parameters).all()


def fetch_one(statement: Select[*tuple[Any, ...]], parameters: Mapping[str, Any]) -> Any:
    """The one row of a statement as `fetch` takes it; None where there is none. Raises ValueError for several."""
    rows = fetch(statement, parameters)
    if not rows:
        return None
    (row,) = rows
    return row


def _end(session: Session | Reader) -> None:
    # On a connection that is gone the rollback fails too; the reply is decided by then.
    with contextlib.suppress(exc.SQLAlchemyError):
        session.close()
    db.session.registry.clear()


def release() -> None:
    """Give the connection back before slow work such as hashing; the next statement takes one again.

    Only for a request that has not written yet: what it wrote would be lost.
    """
    db.session.rollback()


def lift_statement_timeout() -> None:
    """Let each statement of the transaction take as long as it needs: for a command, on which nobody waits."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL statement_timeout = 0"))


class _Writer:
    """What `db.session` is in a short transaction: statements that give rows, and nothing that is done for entities."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, statement: Executable, params: Any = None, **_of_entities: Any) -> CursorResult[Any]:
        """Run any statement."""
        return self._connection.execute(statement, params)


@contextlib.contextmanager
def short_transaction() -> Iterator[None]:
    """A transaction within that of a request which has not written yet; it stands whatever becomes of the request.

    Of statements without entities. Before it and after it the request holds no connection.
    """
    release()
    session = db.session()
    try:
        with db.engine.begin() as connection:
            db.session.registry.set(_Writer(connection))  # type: ignore[arg-type]
            yield
    finally:
        db.session.registry.set(session)
