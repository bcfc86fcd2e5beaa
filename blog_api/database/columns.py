"""The types of columns, the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, ColumnElement, DateTime, Dialect, Integer
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import mapped_column
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeDecorator, TypeEngine


def utcnow() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def parse_time(text: str) -> datetime:
    """A time that the database wrote: in UTC, which SQLite does not say."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class SqliteDateTime(sqlite.DATETIME):
    """Writes times as CURRENT_TIMESTAMP does (no fraction when it is zero), so that text order is time order."""

    def bind_processor(self, dialect: Dialect) -> Any:
        return lambda value: None if value is None else value.isoformat(" ")

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return lambda value: None if value is None else parse_time(value)


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


class EarliestTime(ColumnElement[datetime]):
    """A time before all others, for what has none. Written out, since a parameter would match no index."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(EarliestTime, "postgresql")
def _compile_postgresql(_element: EarliestTime, _compiler: SQLCompiler, **_options: Any) -> str:
    return "'0001-01-01 00:00:00+00'::timestamptz"


@compiles(EarliestTime, "sqlite")
def _compile_sqlite(_element: EarliestTime, _compiler: SQLCompiler, **_options: Any) -> str:
    return "'0001-01-01 00:00:00'"


# SQLite numbers rows by itself only for a column of exactly INTEGER.
BigInt = BigInteger().with_variant(Integer, "sqlite")
Id = Annotated[int, mapped_column(BigInt, primary_key=True)]
