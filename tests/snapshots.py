"""Snapshots of a whole database, to show that a request leaves no trace."""

from __future__ import annotations

from sqlalchemy import inspect, select, table, text

from tests.sql import Sql

# SQLite counts the ids it has given out, as sequences do on PostgreSQL.
COUNTERS = {"sqlite_sequence"}


def snapshot(sql: Sql) -> dict[str, list[str]]:
    """Return the rows of all tables, also of those that the models do not declare, such as search indexes."""
    names = set(inspect(sql.engine).get_table_names()) - COUNTERS
    with sql.engine.connect() as connection:
        tables = (table(name) for name in sorted(names))
        found = {one.name: connection.execute(select(text("*")).select_from(one)) for one in tables}
        return {name: sorted(repr(tuple(row)) for row in rows) for name, rows in found.items()}


def differences(before: dict[str, list[str]], after: dict[str, list[str]]) -> set[str]:
    """Return the names of the tables that differ."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
