"""Add, read and reschedule messages of the outbox."""

from __future__ import annotations

from sqlalchemy import select, update

from blog_api.crud import outbox as crud
from blog_api.database.columns import utcnow
from blog_api.database.session import db, reading, transaction
from blog_api.models.outbox import OutboxMessage

ADA = "ada@example.com"


def ask(email=ADA, kind="password_reset", **columns):
    with transaction():
        crud.add_message(kind, email, **columns)


def messages():
    """Return all messages in the order of their ids; PostgreSQL moves rows when it updates them."""
    statement = select(OutboxMessage.__table__).order_by(OutboxMessage.id)
    with reading():
        return [dict(row._mapping) for row in db.session.execute(statement)]


def make_due():
    """Make all messages due now."""
    with transaction() as session:
        session.execute(update(OutboxMessage).values(due_at=utcnow()))
