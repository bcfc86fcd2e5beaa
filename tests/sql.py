"""SQL sent straight to the database of a test, past the service: it survives whatever is rewritten above the tables."""

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
# What a sequence has counted stays counted where a transaction is rolled back.
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
    """Runs statements on connections of its own. Parameters are written as `:name`; times are aware."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_postgresql = engine.dialect.name == "postgresql"

    def __call__(self, statement: str, **values: Any) -> list[Row[Any]]:
        """Run a statement in a transaction of its own, and return its rows, if it has any."""
        with self.holding(statement, **values) as rows:
            return rows

    def one(self, statement: str, **values: Any) -> Any:
        """Return the only value of the only row."""
        ((value,),) = self(statement, **values)
        return value

    @contextlib.contextmanager
    def holding(self, statement: str, **values: Any) -> Iterator[list[Row[Any]]]:
        """Run a statement and leave its transaction open within the block, with all its locks."""
        bound = {name: self._bind(value) for name, value in values.items()}
        with self.engine.begin() as connection:
            result = connection.execute(text(statement), bound)
            yield list(result) if result.returns_rows else []

    @contextlib.contextmanager
    def holding_commits(self, event: str, table: str) -> Iterator[Callable[[], None]]:
        """Hold every transaction with such an event (INSERT, UPDATE or DELETE) at its COMMIT, on PostgreSQL.

        All its statements are done then, and none of what they did is visible. The block gets a function that lets
        go of them; whatever it starts must have ended with it.
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
        """Let so many rows fail to be inserted (or updated) with this SQLSTATE, on PostgreSQL.

        The block gets a function that counts how many were tried.
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
        """Return how many statements wait for a lock, on PostgreSQL."""
        waiting: int = self.one(_WAITING)
        return waiting

    def _bind(self, value: Any) -> Any:
        """SQLite has no type for times: the service writes them in UTC, as CURRENT_TIMESTAMP does."""
        if isinstance(value, datetime) and not self.is_postgresql:
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        return value
