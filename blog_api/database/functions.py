"""SQL functions that PostgreSQL and SQLite have under different names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Dialect, Integer, String, Subquery, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from blog_api.database.columns import UtcDateTime


class Json(Text):
    """JSON that the database has written, and that goes out as it is: nobody reads it on the way."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return orjson.Fragment


class JsonObject(FunctionElement[Any]):
    """A row of a subquery as one JSON object, its columns under their names. The subquery must have a name."""

    inherit_cache = True

    def __init__(self, rows: Subquery) -> None:
        self.rows = rows
        super().__init__(*rows.c)


class JsonArray(FunctionElement[Any]):
    """An aggregate: the values of all rows as one JSON array, empty where there are none."""

    inherit_cache = True


class JsonText(FunctionElement[str]):
    """Labelled columns as the text of one JSON object: times as the API writes them, Json as it is, the rest as it may.

    Not a row of a subquery as above, which costs PostgreSQL twice as much on top of the columns themselves.
    """

    inherit_cache = True
    type = Text()


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


@compiles(JsonObject, "postgresql")
def _write_row(element: JsonObject, compiler: SQLCompiler, **options: Any) -> str:
    # Not json_build_object and json_agg, which write spaces and newlines between.
    return f"row_to_json({compiler.preparer.quote(element.rows.name)})"


@compiles(JsonObject, "sqlite")
def _write_object(element: JsonObject, compiler: SQLCompiler, **options: Any) -> str:
    pairs = (f"'{column.key}', {compiler.process(column, **options)}" for column in element.rows.c)
    return f"json_object({', '.join(pairs)})"


_write(JsonArray, postgresql="coalesce(array_to_json(array_agg({})), '[]')", sqlite="json_group_array({})")
# In UTC with Z, and with microseconds where there are any.
_WITH_ALL = """to_char(timezone('UTC', {}), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_TIME_ON_POSTGRESQL = f"""'"' || replace({_WITH_ALL}, '.000000Z', 'Z') || '"'"""
_TIME_ON_SQLITE = "replace({}, ' ', 'T') || 'Z'"


@compiles(JsonText, "postgresql")
def _write_text(element: JsonText, compiler: SQLCompiler, **options: Any) -> str:
    members = _members(
        element, partial(compiler.process, **options), _TIME_ON_POSTGRESQL, "{}", "to_json({})"
    )
    pairs = (f"""'"{name}":', coalesce({value}, 'null')""" for name, value in members)
    return f"""concat('{{', {", ',', ".join(pairs)}, '}}')"""


@compiles(JsonText, "sqlite")
def _write_text_of_object(element: JsonText, compiler: SQLCompiler, **options: Any) -> str:
    members = _members(element, partial(compiler.process, **options), _TIME_ON_SQLITE, "json({})", "{}")
    pairs = ", ".join(f"'{name}', {value}" for name, value in members)
    return f"json_object({pairs})"


def _members(
    element: JsonText, process: Callable[[Any], str], time: str, json: str, other: str
) -> Iterator[tuple[str, str]]:
    """The name of each member, and its value in the form for what it is."""
    for column in element.clauses:
        kind = column.type
        form = time if isinstance(kind, UtcDateTime) else json if isinstance(kind, Json) else other
        yield str(column.key), form.format(process(column.element))


_write(Position, postgresql="strpos({})", sqlite="instr({})")
_write(MonthOf, postgresql="to_char(timezone('UTC', {}), 'YYYY-MM')", sqlite="strftime('%Y-%m', {})")
