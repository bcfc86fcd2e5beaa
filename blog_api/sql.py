"""SQL functions that PostgreSQL and SQLite have under different names."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import ColumnElement, Dialect, Integer, String, Text, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Json(Text):
    """JSON as text on its way here, and what it says once it is read; psycopg2 takes five times longer for that."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return orjson.loads


class JsonObject(FunctionElement[Any]):
    """The columns of a row as one JSON object, under their names."""

    inherit_cache = True

    def __init__(self, *columns: ColumnElement[Any]) -> None:
        pairs: list[ColumnElement[Any]] = []
        for column in columns:
            pairs += [literal_column(f"'{column.key}'"), column]
        super().__init__(*pairs)


class JsonArray(FunctionElement[Any]):
    """An aggregate: the values of all rows as one JSON array, empty where there are none."""

    inherit_cache = True


class Position(FunctionElement[int]):
    """Where a text contains another one, literally, from 1; 0 where it does not."""

    type = Integer()
    inherit_cache = True


@compiles(JsonObject, "postgresql")
def _postgresql_object(element: JsonObject, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_build_object({compiler.process(element.clauses, **options)})"


@compiles(JsonObject, "sqlite")
def _sqlite_object(element: JsonObject, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_object({compiler.process(element.clauses, **options)})"


@compiles(JsonArray, "postgresql")
def _postgresql_array(element: JsonArray, compiler: SQLCompiler, **options: Any) -> str:
    return f"coalesce(json_agg({compiler.process(element.clauses, **options)}), '[]')"


@compiles(JsonArray, "sqlite")
def _sqlite_array(element: JsonArray, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **options)})"


class MonthOf(FunctionElement[str]):
    """The month of a time, in UTC, such as 2026-01."""

    inherit_cache = True
    type = String()


@compiles(MonthOf, "postgresql")
def _postgresql_month(element: MonthOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"to_char(timezone('UTC', {compiler.process(element.clauses, **options)}), 'YYYY-MM')"


@compiles(MonthOf, "sqlite")
def _sqlite_month(element: MonthOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"strftime('%Y-%m', {compiler.process(element.clauses, **options)})"


@compiles(Position, "postgresql")
def _postgresql_position(element: Position, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"


@compiles(Position, "sqlite")
def _sqlite_position(element: Position, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"
