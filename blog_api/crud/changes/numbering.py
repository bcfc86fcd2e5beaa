"""Number the changes of committed transactions, and delete old ones."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, text, update

from blog_api.crud.changes.recording import announce_posts
from blog_api.database.columns import utcnow
from blog_api.database.dialects import insert, is_postgresql
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.changes import Change, ChangeFeed
from blog_api.models.posts import Post
from blog_api.policies.changes import unannounced_posts
from blog_api.policies.posts import parameters_of, scheduled_posts

# The first number is a namespace: see crud/slugs.py.
_LOCK = text("SELECT pg_advisory_xact_lock(7203413, 0)")


def find_waiting() -> tuple[bool, datetime | None]:
    """Return whether changes or due posts wait to be numbered, and when the next scheduled post comes due."""
    waiting = select(Change.id).where(Change.position.is_(None)).exists()
    due = select(Post.id).where(unannounced_posts()).exists()
    next_due = select(func.min(Post.published_at)).where(scheduled_posts()).scalar_subquery()
    row = db.session.execute(select(waiting | due, next_due), parameters_of(None)).one()
    return row[0], row[1]


def lock_feed() -> tuple[int, datetime | None]:
    """Lock the feed against other numbering until the end of the transaction. Return its last position and time.

    A transaction on SQLite has locked the database already.
    """
    if is_postgresql():
        db.session.execute(_LOCK)
    db.session.execute(insert(ChangeFeed).values(id=1).on_conflict_do_nothing())
    position, at = db.session.execute(select(ChangeFeed.position, ChangeFeed.at)).one()
    return position, at


def announce_due_posts(limit: int) -> None:
    """Announce up to `limit` posts that have come due. Skip those that are being written, which announces them too."""
    due = select(Post.id).where(unannounced_posts()).order_by(Post.published_at, Post.id).limit(limit)
    announce_posts(Post.id.in_(due.with_for_update(skip_locked=True)))


def number_changes(last: int, last_at: datetime | None, limit: int) -> int:
    """Number up to `limit` changes in the order of their ids, after the position `last`. Return their number.

    The feed must be locked by an earlier statement, so that this one sees all that was committed before the lock.
    """
    ordered = select(Change.id, func.row_number().over(order_by=Change.id).label("number"))
    waiting = ordered.where(Change.position.is_(None)).order_by(Change.id).limit(limit).subquery()
    now = utcnow()
    at = max(now, last_at) if last_at else now
    numbered = update(Change).where(Change.id == waiting.c.id).values(position=last + waiting.c.number, at=at)
    numbered = numbered.returning(Change.id)
    count = len(db.session.execute(numbered, execution_options=UNSYNCHRONIZED).all())
    if count:
        db.session.execute(update(ChangeFeed).values(position=last + count, at=at))
    return count


def delete_changes(before: datetime, limit: int) -> int:
    """Delete up to `limit` of the oldest changes, numbered before that time. Return their number.

    The feed must be locked.
    """
    oldest = select(Change.position, Change.at).where(Change.position.is_not(None), Change.at < before)
    found = oldest.order_by(Change.at, Change.position).limit(limit).subquery()
    end, at = db.session.execute(select(func.max(found.c.position), func.max(found.c.at))).one()
    if end is None:
        return 0
    removed = delete(Change).where(Change.position <= end).returning(Change.id)
    count = len(db.session.execute(removed, execution_options=UNSYNCHRONIZED).all())
    db.session.execute(update(ChangeFeed).values(deleted_position=end, deleted_at=at))
    return count


def oldest_waiting() -> timedelta:
    """Return for how long the oldest change has been waiting to be numbered; zero if none is waiting."""
    oldest = select(func.min(Change.at)).where(Change.position.is_(None))
    at: datetime | None = db.session.execute(oldest).scalar_one()
    # The clock of the database can be ahead of ours.
    return max(timedelta(), utcnow() - at) if at else timedelta()
