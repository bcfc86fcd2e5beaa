"""Deletion of expired rows from any table."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Table, delete, select, tuple_

from blog_api.database.base import Base
from blog_api.database.session import db

# Tables with this column are cleaned up. After that time, no query reads the row.
EXPIRY = "expires_at"


def expiring_tables() -> list[Table]:
    """Return the tables whose rows expire."""
    return [table for table in Base.metadata.sorted_tables if EXPIRY in table.c]


def delete_expired(table: Table, now: datetime, limit: int) -> int:
    """Delete up to `limit` rows that have expired by `now`, and return the number of deleted rows.

    Skips locked rows; the next call finds them.
    """
    key = table.primary_key.columns.values()
    expired = select(*key).where(table.c[EXPIRY] <= now).limit(limit).with_for_update(skip_locked=True)
    removed = delete(table).where(tuple_(*key).in_(expired)).returning(*key)
    return len(db.session.execute(removed).all())
