"""Record the statements of an app, and explain how a database executes them."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3

from sqlalchemy import event

from blog_api.database.dialects import is_postgresql
from blog_api.database.session import db


@contextlib.contextmanager
def recorded(app):
    """Record the statements of the app and their parameters."""
    sent: list[tuple] = []

    def note(_connection, _cursor, statement, parameters, *_rest) -> None:
        sent.append((statement, parameters))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plan_of(app, statement: str, parameters) -> str:
    """Return the query plan without its correlated subqueries."""
    with app.app_context(), db.engine.connect() as connection:
        if is_postgresql():
            rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            return "\n".join(row[0] for row in rows).partition("SubPlan")[0]
        found: dict[int, str] = {}
        for number, parent, _, step in connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {statement}", parameters
        ):
            if (parent == 0 or parent in found) and not step.startswith("CORRELATED"):
                found[number] = step
        return "\n".join(found.values())


def count_steps(app, statement: str, parameters) -> int:
    """Return the number of SQLite virtual machine instructions of a statement."""
    with app.app_context():
        path = db.engine.url.database
    assert path
    steps = itertools.count()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.set_progress_handler(lambda: next(steps) < 0, 1)
        connection.execute(statement, parameters).fetchall()
    return next(steps)
