"""SQL functions that have different names on PostgreSQL and SQLite."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, cast, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from blog_api.database.columns import JsonText


class JsonObject(FunctionElement[Any]):
    """Build a JSON object from columns, keyed by their names."""

    type = JsonText()
    inherit_cache = True

    def __init__(self, *columns: ColumnElement[Any] | InstrumentedAttribute[Any]) -> None:
        members: list[Any] = []
        for column in columns:
            members += literal_column(f"'{column.key}'"), column
        super().__init__(*members)


class JsonList(FunctionElement[Any]):
    """Aggregate values into a JSON array, which is empty without rows."""

    type = JsonText()
    inherit_cache = True


class Position(FunctionElement[int]):
    """Return the position of a substring, counted from 1, or 0 if it does not occur."""

    type = Integer()
    inherit_cache = True


class MonthOf(FunctionElement[str]):
    """Format a time as its month in UTC, such as 2026-01."""

    type = String()
    inherit_cache = True


def _compile(kind: type[FunctionElement[Any]], dialect: str, template: str) -> None:
    """Register the SQL of `kind` for a dialect; {} in `template` stands for the arguments."""

    def write(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
        return template.format(compiler.process(element.clauses, **options))

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
    """Return the rows of a correlated SELECT as a JSON array, in the order of the SELECT.

    The array is of values if there is one column, otherwise of objects.
    """
    listed = rows.subquery()
    columns = list(listed.c)
    item = columns[0] if len(columns) == 1 else JsonObject(*columns)
    return cast(select(JsonList(item)).scalar_subquery(), JsonText)
