"""Erase the personal data of guests."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.comments import Comment

# How long the address of a guest is kept.
RETENTION = timedelta(days=90)


def erase_guest_data(before: datetime, limit: int) -> int:
    """Erase the email and IP addresses of up to `limit` comments created before that time. Return their number.

    Skips locked comments; the next call finds them.
    """
    has_data = or_(Comment.guest_email.is_not(None), Comment.ip.is_not(None))
    found = select(Comment.id).where(has_data, Comment.created_at < before).limit(limit)
    erased = update(Comment).where(Comment.id.in_(found.with_for_update(skip_locked=True)))
    erased = erased.values(guest_email=None, ip=None, updated_at=Comment.updated_at).returning(Comment.id)
    return len(db.session.execute(erased, execution_options=UNSYNCHRONIZED).all())
