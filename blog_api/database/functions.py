"""SQL functions that PostgreSQL and SQLite have under different names."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import ColumnElement, Dialect, Integer, Select, String, Text, cast, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator


class Json(TypeDecorator[Any]):
    """JSON as text, parsed by orjson: five times as fast as the driver parses its own JSON type."""

    impl = Text
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return what parses a value."""
        return orjson.loads


class JsonObject(FunctionElement[Any]):
    """A JSON object of columns, under their names."""

    type = Json()
    inherit_cache = True

    def __init__(self, *columns: ColumnElement[Any] | InstrumentedAttribute[Any]) -> None:
        members: list[Any] = []
        for column in columns:
            members += literal_column(f"'{column.key}'"), column
        super().__init__(*members)


class JsonList(FunctionElement[Any]):
    """An aggregate: the values of all rows as one JSON array, empty where there are none."""

    type = Json()
    inherit_cache = True


class Position(FunctionElement[int]):
    """Where a text contains another one, literally, from 1; 0 where it does not."""

    type = Integer()
    inherit_cache = True


class MonthOf(FunctionElement[str]):
    """The month of a time, in UTC, such as 2026-01."""

    type = String()
    inherit_cache = True


def _compile(kind: type[FunctionElement[Any]], dialect: str, form: str) -> None:
    """Compile `kind` for the dialect as `form`, with its arguments at {}."""

    def write(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
        return form.format(compiler.process(element.clauses, **options))

    compiles(kind, dialect)(write)


_compile(JsonObject, "postgresql", "json_build_object({})")
_compile(JsonObject, "sqlite", "json_object({})")
_compile(JsonList, "postgresql", "coalesce(json_agg({}), '[]')")
_compile(JsonList, "sqlite", "json_group_array({})")
_compile(Position, "postgresql", "strpos({})")
_compile(Position, "sqlite", "instr({})")
_compile(MonthOf, "postgresql", "to_char(timezone('UTC', {}), 'YYYY-MM')")
_compile(MonthOf, "sqlite", "strftime('%Y-%m', {})")


def json_list(rows: Select[*tuple[Any, ...]]) -> ColumnElement[Any]:
    """Return the rows of a correlated SELECT, in their order, as one JSON array of objects."""
    listed = rows.subquery()
    return cast(select(JsonList(JsonObject(*listed.c))).scalar_subquery(), Json)
