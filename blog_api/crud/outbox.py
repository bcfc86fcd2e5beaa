"""Queries for the outbox of mail messages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, literal_column, or_, select, update

from blog_api.database.columns import utcnow
from blog_api.database.session import db
from blog_api.models.outbox import OutboxMessage
from blog_api.paging.pages import AnyRow

# How long finished messages are kept. Failed ones are kept longer so that operators can inspect them.
RETENTION = {"sent": timedelta(days=1), "dropped": timedelta(days=1), "failed": timedelta(days=30)}
# How long a message may wait. Password resets expire after a day.
MAX_AGE, MAX_RESET_AGE = timedelta(days=30), timedelta(days=1)
# A password reset that arrives later than this would alarm the recipient rather than help.
RESET_STALE_AFTER = timedelta(hours=1)

_WAITING = OutboxMessage.state == "waiting"
_FAILED = OutboxMessage.state == "failed"


def add_message(
    kind: str,
    recipient: str,
    *,
    user_id: int | None = None,
    webhook_id: int | None = None,
    ip_address: str = "",
    request_id: str = "",
) -> None:
    """Queue a message. The worker sends it after the commit."""
    now = utcnow()
    message = OutboxMessage(
        kind=kind,
        recipient=recipient,
        user_id=user_id,
        webhook_id=webhook_id,
        address=ip_address,
        request_id=request_id,
        due_at=now,
        expires_at=now + (MAX_RESET_AGE if kind == "password_reset" else MAX_AGE),
    )
    db.session.add(message)
    db.session.flush()


def _is_due() -> ColumnElement[bool]:
    now = utcnow()
    return and_(_WAITING, OutboxMessage.due_at <= now, OutboxMessage.expires_at > now)


def is_message_due() -> bool:
    """Return whether any message is due."""
    due = select(OutboxMessage.id).where(_is_due()).limit(1)
    return db.session.execute(due).one_or_none() is not None


def lock_due_message() -> AnyRow | None:
    """Lock and return the message that has been due longest, or None. Skips messages that other workers have locked."""
    due = (
        select(
            OutboxMessage.id,
            OutboxMessage.kind,
            OutboxMessage.recipient,
            OutboxMessage.user_id,
            OutboxMessage.webhook_id,
            OutboxMessage.comment_id,
            OutboxMessage.attempts,
            OutboxMessage.address,
            OutboxMessage.request_id,
            OutboxMessage.created_at,
        )
        .where(_is_due())
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(1)
    )
    return db.session.execute(due.with_for_update(skip_locked=True)).one_or_none()


def begin_attempt(message_id: int, next_at: datetime) -> None:
    """Count an attempt. Unless it succeeds, the message is due again at `next_at`, even if the worker dies."""
    changes = {"attempts": OutboxMessage.attempts + 1, "due_at": next_at}
    db.session.execute(update(OutboxMessage).where(OutboxMessage.id == message_id).values(changes))


def record_error(message_id: int, error: str) -> None:
    """Record why the last attempt failed."""
    db.session.execute(
        update(OutboxMessage).where(OutboxMessage.id == message_id, _WAITING).values(error=error[:200])
    )


def finish_message(message_id: int, state: str, error: str = "") -> None:
    """Set the final state of a message: `sent`, `dropped` (never to be sent) or `failed` (permanently)."""
    changes = {"state": state, "error": error[:200], "expires_at": utcnow() + RETENTION[state]}
    db.session.execute(update(OutboxMessage).where(OutboxMessage.id == message_id, _WAITING).values(changes))


def delete_waiting_messages(kind: str, recipient: str) -> None:
    """Delete the waiting messages of this kind to a recipient."""
    waiting = and_(_WAITING, OutboxMessage.kind == kind, OutboxMessage.recipient == recipient)
    db.session.execute(delete(OutboxMessage).where(waiting))


def delete_account_messages(user_id: int, *emails: str | None) -> None:
    """Delete the messages to an account, and password resets requested for these email addresses.

    Other messages to these addresses are kept: they may be for an account that had the address before.
    """
    recipients = [email for email in emails if email]
    resets = and_(OutboxMessage.kind == "password_reset", OutboxMessage.recipient.in_(recipients))
    db.session.execute(delete(OutboxMessage).where(or_(OutboxMessage.user_id == user_id, resets)))


_COUNTED = select(
    OutboxMessage.state, func.count().label("number"), func.min(OutboxMessage.created_at).label("oldest")
).group_by(OutboxMessage.state)
# Literals, not bind parameters, so that both planners can match the partial index.
_UNSENT = OutboxMessage.state.in_([literal_column("'waiting'"), literal_column("'failed'")])
_BACKLOG = _COUNTED.where(
    _UNSENT, OutboxMessage.expires_at > bindparam("now", type_=OutboxMessage.expires_at.type)
)


def count_messages() -> list[AnyRow]:
    """Return the number of messages and the creation time of the oldest one, per state."""
    return list(db.session.execute(_COUNTED.order_by(OutboxMessage.state)))


def count_unsent_messages() -> list[AnyRow]:
    """Like `count_messages`, but only for unexpired waiting and failed messages. Needs only an index."""
    return list(db.session.execute(_BACKLOG, {"now": utcnow()}))


def list_failed_messages(limit: int) -> list[dict[str, Any]]:
    """Return the latest failed messages, with the reason."""
    failed = select(
        OutboxMessage.id,
        OutboxMessage.kind,
        OutboxMessage.recipient,
        OutboxMessage.attempts,
        OutboxMessage.error,
        OutboxMessage.created_at,
    ).where(_FAILED)
    latest = failed.order_by(OutboxMessage.id.desc()).limit(limit)
    return [row._asdict() for row in db.session.execute(latest)]


def retry_failed_messages() -> int:
    """Queue all failed messages again, and return their number."""
    now = utcnow()
    changes = {"state": "waiting", "attempts": 0, "due_at": now, "expires_at": now + MAX_RESET_AGE}
    return _update_failed(changes)


def drop_failed_messages(*, stale_only: bool = False) -> int:
    """Discard failed messages, and return their number.

    With `stale_only`, discard only password resets older than RESET_STALE_AFTER.
    """
    now = utcnow()
    stale = and_(OutboxMessage.kind == "password_reset", OutboxMessage.created_at <= now - RESET_STALE_AFTER)
    changes = {"state": "dropped", "expires_at": now + RETENTION["dropped"]}
    return _update_failed(changes, *([stale] if stale_only else []))


def _update_failed(changes: dict[str, Any], *conditions: ColumnElement[bool]) -> int:
    changed = update(OutboxMessage).where(_FAILED, *conditions).values(changes).returning(OutboxMessage.id)
    return len(db.session.execute(changed).all())
