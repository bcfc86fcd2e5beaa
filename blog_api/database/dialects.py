"""What differs between PostgreSQL and SQLite when a statement is built."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from blog_api.database.base import Base
from blog_api.database.session import db


def insert(
    table: Table | type[Base], *, for_postgresql: bool | None = None
) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, for the database in use, or for the one that is named."""
    if for_postgresql is None:
        for_postgresql = is_postgresql()
    return postgresql.insert(table) if for_postgresql else sqlite.insert(table)


def is_postgresql() -> bool:
    """Whether the app runs on PostgreSQL (and not on SQLite)."""
    return db.engine.dialect.name == "postgresql"
