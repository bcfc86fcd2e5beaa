"""Removal of rows that count no more, whatever they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Table, delete, select, tuple_

from blog_api.database.base import Base
from blog_api.database.session import db

# A table takes part by having this column: from that time on nothing looks at the row any more.
EXPIRY = "expires_at"


def expiring_tables() -> list[Table]:
    """The tables whose rows expire."""
    return [table for table in Base.metadata.sorted_tables if EXPIRY in table.c]


def delete_expired(table: Table, now: datetime, limit: int) -> int:
    """Remove at most `limit` rows of the table that have expired by `now`; gives how many.

    Rows that somebody else holds are passed over; the next call finds them.
    """
    key = table.primary_key.columns.values()
    expired = select(*key).where(table.c[EXPIRY] <= now).limit(limit).with_for_update(skip_locked=True)
    removed = delete(table).where(tuple_(*key).in_(expired)).returning(*key)
    return len(db.session.execute(removed).all())
