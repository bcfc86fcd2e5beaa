"""Run SQL directly on a test database, independently of the code under test."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, Row, text

_GATE = 4711
_CLOSE = f"SELECT pg_advisory_xact_lock({_GATE})"
_FUNCTION = f"""
    CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock_shared({_GATE}); RETURN NULL; END'
"""
_TRIGGER = """
    CREATE CONSTRAINT TRIGGER gate AFTER {event} ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_at_gate()
"""
# Sequences are not rolled back.
_COUNTER = "CREATE SEQUENCE attempts"
_FAILURE = """
    CREATE FUNCTION fail_at_first() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN IF nextval(''attempts'') <= {times} THEN RAISE EXCEPTION USING ERRCODE = ''{code}''; END IF; RETURN NEW; END'
"""
_FAILING = """
    CREATE TRIGGER fail_at_first BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION fail_at_first()
"""
_WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


class Sql:
    """Run statements on separate connections. Parameters are written as `:name`; times are aware."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_postgresql = engine.dialect.name == "postgresql"

    def __call__(self, statement: str, **values: Any) -> list[Row[Any]]:
        """Run a statement in its own transaction, and return its rows, if any."""
        with self.holding(statement, **values) as rows:
            return rows

    def one(self, statement: str, **values: Any) -> Any:
        """Return the only value of the only row."""
        ((value,),) = self(statement, **values)
        return value

    @contextlib.contextmanager
    def holding(self, statement: str, **values: Any) -> Iterator[list[Row[Any]]]:
        """Run a statement, and keep its transaction and locks open within the block."""
        bound = {name: self._bind(value) for name, value in values.items()}
        with self.engine.begin() as connection:
            result = connection.execute(text(statement), bound)
            yield list(result) if result.returns_rows else []

    @contextlib.contextmanager
    def holding_commits(self, event: str, table: str) -> Iterator[Callable[[], None]]:
        """Block transactions with this event (INSERT, UPDATE or DELETE) at COMMIT, on PostgreSQL.

        Their statements have been executed, but their changes are not visible. Yield a function that releases them.
        Everything started within the block must end with it.
        """
        self(_FUNCTION)
        self(_TRIGGER.format(event=event, table=table))
        try:
            with contextlib.ExitStack() as gate:
                gate.enter_context(self.holding(_CLOSE))
                yield gate.close
        finally:
            self("DROP FUNCTION wait_at_gate CASCADE")

    @contextlib.contextmanager
    def failing(
        self, table: str, code: str, *, times: int, event: str = "INSERT"
    ) -> Iterator[Callable[[], int]]:
        """Make the first rows to insert (or update) fail with this SQLSTATE, on PostgreSQL.

        Yield a function that returns the number of attempts.
        """
        self(_COUNTER)
        self(_FAILURE.format(code=code, times=times))
        self(_FAILING.format(event=event, table=table))
        try:
            yield lambda: self.one("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM attempts")
        finally:
            self("DROP FUNCTION fail_at_first CASCADE")
            self("DROP SEQUENCE attempts")

    def count_waiting(self) -> int:
        """Return the number of statements that wait for a lock, on PostgreSQL."""
        waiting: int = self.one(_WAITING)
        return waiting

    def _bind(self, value: Any) -> Any:
        """Convert times for SQLite, which stores them in UTC in the format of CURRENT_TIMESTAMP."""
        if isinstance(value, datetime) and not self.is_postgresql:
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        return value
