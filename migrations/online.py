"""Change large tables while they are in use, without blocking other sessions for long: see docs/migrations.md.

Each step runs in its own transaction and is idempotent, so an interrupted upgrade can be run again. If the upgrade
cannot leave its transaction (SQLite, or a pooler in transaction mode), the steps are part of it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError
from sqlalchemy.exc import IntegrityError, OperationalError

# Other sessions queue behind one that waits for a strong lock, so wait briefly and retry. The timeout exceeds the
# deadlock_timeout of the server (one second), after which autovacuum is canceled in favor of the waiting session.
LOCK_TIMEOUT = "1200ms"
ATTEMPTS = 60
PAUSE = 0.5
LOCK_NOT_AVAILABLE = "55P03"
BATCH = 5000


def on_postgresql() -> bool:
    """Return whether the database is PostgreSQL, not SQLite."""
    return op.get_bind().dialect.name == "postgresql"


def execute(statement: str) -> None:
    """Execute a statement that needs a strong lock briefly, such as CREATE TRIGGER."""
    _step(partial(op.execute, statement))


def add_column(table: str, column: sa.Column[Any]) -> None:
    """Add a column: nullable, or with a constant default, which does not rewrite the table."""
    _step(partial(op.add_column, table, column, if_not_exists=_is_online() or None))


def drop_column(table: str, column: str) -> None:
    """Drop a column. PostgreSQL does not rewrite the table."""
    _step(partial(op.drop_column, table, column, if_exists=_is_online() or None))


def set_length_on_sqlite(table: str, column: str, before: int, after: int) -> None:
    """Change the length of a VARCHAR column in the stored definition of a table. SQLite does not enforce it."""
    old, new = (f"{column} VARCHAR({length})" for length in (before, after))
    _rewrite_on_sqlite(table, lambda sql: sql.replace(old, new))


def create_index(name: str, table: str, columns: Sequence[str | sa.TextClause], **options: Any) -> None:
    """Create an index concurrently. It waits for open transactions without a time limit, but blocks no writes."""
    if not _is_online():
        op.create_index(name, table, columns, **options)
        return
    with _autocommit("0"):
        # An interrupted build leaves an invalid index behind.
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.create_index(name, table, columns, postgresql_concurrently=True, **options)


def drop_index(name: str, table: str) -> None:
    """Drop an index concurrently."""
    if not _is_online():
        op.drop_index(name, table)
        return
    with _autocommit("0"):
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)


def add_check(name: str, table: str, condition: str) -> None:
    """Add a CHECK constraint: enforce it for new writes first, then validate existing rows without blocking writes.

    Raises CommandError if a row violates it.
    """
    if not on_postgresql():
        _check_rows_of_sqlite(name, table, condition)
        _rewrite_on_sqlite(table, lambda sql: _with_check(sql, name, condition))
        return
    execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
    execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
    try:
        execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
    except IntegrityError as error:
        raise _violated(name, table, condition) from error


def drop_check(name: str, table: str, condition: str) -> None:
    """Drop a CHECK constraint added by `add_check`."""
    if on_postgresql():
        execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
    else:
        _rewrite_on_sqlite(table, lambda sql: sql.replace(_clause(name, condition), ""))


def fill(table: str, statement: str) -> None:
    """Execute a statement with `id BETWEEN :low AND :high` for all rows of the table, in batches."""
    low = 0
    while (high := _end_of_batch(table, low)) is not None:
        _step(partial(op.execute, sa.text(statement).bindparams(low=low + 1, high=high)))
        low = high


def _end_of_batch(table: str, low: int) -> int | None:
    rows = sa.table(table, sa.column("id", sa.BigInteger))
    batch = sa.select(rows.c.id).where(rows.c.id > low).order_by(rows.c.id).limit(BATCH).subquery()
    high: int | None = op.get_bind().execute(sa.select(sa.func.max(batch.c.id))).scalar_one()
    return high


def _is_online() -> bool:
    """Return whether the upgrade can leave its transaction, as set in env.py."""
    return bool(op.get_context().opts.get("online"))


def _step(action: Callable[[], object]) -> None:
    if not _is_online():
        action()
        return
    with _autocommit(LOCK_TIMEOUT):
        for _ in range(ATTEMPTS):
            try:
                action()
            except OperationalError as error:
                if getattr(error.orig, "pgcode", None) != LOCK_NOT_AVAILABLE:
                    raise
            else:
                return
            time.sleep(PAUSE)
    raise CommandError(
        "Another transaction has held the table all the time (see pg_stat_activity). Run the upgrade again later: "
        "it goes on where it stopped."
    )


@contextlib.contextmanager
def _autocommit(lock_timeout: str) -> Iterator[None]:
    """Commit, and run each statement of the block in its own transaction."""
    with op.get_context().autocommit_block():
        usual = op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar_one()
        op.execute(f"SET lock_timeout = '{lock_timeout}'")
        try:
            yield
        finally:
            op.execute(f"SET lock_timeout = '{usual}'")


def _clause(name: str, condition: str) -> str:
    return f", \n\tCONSTRAINT {name} CHECK ({condition})"


def _with_check(sql: str, name: str, condition: str) -> str:
    before, bracket, after = sql.rpartition(")")
    return before.rstrip() + _clause(name, condition) + "\n" + bracket + after


def _check_rows_of_sqlite(name: str, table: str, condition: str) -> None:
    fits: sa.ColumnElement[bool] = sa.literal_column(f"({condition})", sa.Boolean)
    violating = sa.select(sa.func.count()).select_from(sa.table(table)).where(~fits)
    if op.get_bind().execute(violating).scalar_one():
        raise _violated(name, table, condition)


def _violated(name: str, table: str, condition: str) -> CommandError:
    return CommandError(
        f"There are rows of {table} that violate {name}: {condition}. Mend them, and run the upgrade again."
    )


def _rewrite_on_sqlite(table: str, change: Callable[[str], str]) -> None:
    """Edit the stored definition of a table, as the SQLite documentation of ALTER TABLE describes for constraints.

    Batch mode would recreate the table without its triggers and without DESC in its indexes.
    """
    bind = op.get_bind()
    sql = bind.execute(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table"), {"table": table}
    ).scalar_one()
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    bind.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"),
        {"sql": change(sql), "table": table},
    )
    bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = OFF")
