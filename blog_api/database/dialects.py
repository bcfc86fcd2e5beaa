"""Dialect-specific constructs for building statements."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from blog_api.database.base import Base
from blog_api.database.session import db


def insert(
    table: Table | type[Base], *, for_postgresql: bool | None = None
) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT with ON CONFLICT support. The dialect defaults to that of the app."""
    if for_postgresql is None:
        for_postgresql = is_postgresql()
    return postgresql.insert(table) if for_postgresql else sqlite.insert(table)


def is_postgresql() -> bool:
    """Return whether the app uses PostgreSQL, not SQLite."""
    return db.engine.dialect.name == "postgresql"
