"""The database: base class of the models, shared column types, reads and writes, and THE transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    Executable,
    Integer,
    MetaData,
    Table,
    exc,
    func,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from blog_api import connections
from engine_options import REPLICA

NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class SqliteDateTime(sqlite.DATETIME):
    """Writes times as CURRENT_TIMESTAMP does (no fraction when it is zero), so that text order is time order."""

    def bind_processor(self, dialect: Dialect) -> Any:
        return lambda value: None if value is None else value.isoformat(" ")

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return lambda value: None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: aware and in UTC in Python, on both databases.

    Binding a naive datetime is a mistake of the caller and raises ValueError. Reading costs nothing on PostgreSQL,
    whose connections are set to UTC.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return SqliteDateTime()  # type: ignore[no-untyped-call]
        return DateTime(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without an offset cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value


# SQLite numbers rows by itself only for a column of exactly INTEGER.
BigInt = BigInteger().with_variant(Integer, "sqlite")
Id = Annotated[int, mapped_column(BigInt, primary_key=True)]


class Base(DeclarativeBase):
    """Base of all models: it names their constraints, and knows the type of a column by its annotation."""

    __table__: ClassVar[Table]

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {datetime: UtcDateTime, int: BigInt}


class Timestamps:
    """created_at and updated_at, both set by the database."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.current_timestamp(), onupdate=func.current_timestamp()
    )


class Versioned:
    """A version that every UPDATE of the entity compares and raises: the second of two writers fails."""

    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class Reader:
    """What `db.session` is while a request only reads: statements that give rows, each by itself.

    Nothing of what a session does for entities is done, which is a third of the price of a statement.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def execute(self, statement: Executable, params: Any = None, **_of_entities: Any) -> CursorResult[Any]:
        """Run a statement in autocommit. The first one takes a connection."""
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection.execute(statement, params)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()


db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})


def init_app(app: Flask) -> None:
    """Bind the database to the app and prepare each new connection."""
    db.init_app(app)
    with app.app_context():
        engines = dict(db.engines)
    for name, engine in engines.items():
        # Nobody waits for a replica: there is the primary.
        connections.prepare(engine, pre_ping=app.config["DB_POOL_PRE_PING"], patient=name != REPLICA)
    # The same pools, made ready once.
    app.extensions["reading_engines"] = {
        name: engine.execution_options(**{connections.READ_ONLY: True}) for name, engine in engines.items()
    }


@contextlib.contextmanager
def transaction() -> Iterator[Session]:
    """One transaction: commit at the end, roll back on any exception.

    An exception whose attribute `writes_stand` is true is raised after the commit.
    Must not be nested; a part that may fail alone is a savepoint (`session.begin_nested`).
    """
    session = db.session()
    try:
        yield session
        session.commit()
    except BaseException as error:
        if getattr(error, "writes_stand", False):
            session.commit()
        raise
    finally:
        _end(session)


@contextlib.contextmanager
def reading(*, replica: bool = False) -> Iterator[Reader]:
    """Reads without a transaction: each statement sees what is committed when it starts.

    All of them on one connection, to the primary or to the replica.
    """
    reader = Reader(current_app.extensions["reading_engines"][REPLICA if replica else None])
    db.session.registry.set(reader)  # type: ignore[arg-type]
    try:
        yield reader
    finally:
        _end(reader)


def _end(session: Session | Reader) -> None:
    # On a connection that is gone the rollback fails too; the reply is decided by then.
    with contextlib.suppress(exc.DBAPIError):
        session.close()
    db.session.registry.clear()


def release() -> None:
    """Give the connection back before slow work such as hashing; the next statement takes one again.

    Only for a request that has not written yet: what it wrote would be lost.
    """
    db.session.rollback()


@contextlib.contextmanager
def short_transaction() -> Iterator[None]:
    """A transaction within that of a request which has not written yet; it stands whatever becomes of the request.

    Before it and after it the request holds no connection.
    """
    release()
    try:
        yield
        db.session.commit()
    finally:
        release()


def insert(table: Table | type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, for the database in use."""
    return postgresql.insert(table) if is_postgresql() else sqlite.insert(table)


def is_postgresql() -> bool:
    """Whether the app runs on PostgreSQL (and not on SQLite)."""
    return db.engine.dialect.name == "postgresql"


def utcnow() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)
