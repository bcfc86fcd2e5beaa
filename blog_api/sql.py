"""SQL functions that PostgreSQL and SQLite have under different names."""

from __future__ import annotations

from functools import partial
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


class MonthOf(FunctionElement[str]):
    """The month of a time, in UTC, such as 2026-01."""

    inherit_cache = True
    type = String()


def _write(kind: type[FunctionElement[Any]], **forms: str) -> None:
    """How each dialect writes the function, with its arguments at {}."""
    for dialect, form in forms.items():
        compiles(kind, dialect)(partial(_written, form))


def _written(form: str, element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    return form.format(compiler.process(element.clauses, **options))


_write(JsonObject, postgresql="json_build_object({})", sqlite="json_object({})")
_write(JsonArray, postgresql="coalesce(json_agg({}), '[]')", sqlite="json_group_array({})")
_write(Position, postgresql="strpos({})", sqlite="instr({})")
_write(MonthOf, postgresql="to_char(timezone('UTC', {}), 'YYYY-MM')", sqlite="strftime('%Y-%m', {})")
