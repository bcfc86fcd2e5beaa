"""Queries of mail that is to be sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, literal_column, or_, select, update

from blog_api.database.columns import utcnow
from blog_api.database.session import db
from blog_api.models import OutboxMessage
from blog_api.paging.pages import AnyRow

# How long a row is kept once there is nothing more to do for it. What has failed is there to be looked at.
RETENTION = {"sent": timedelta(days=1), "dropped": timedelta(days=1), "failed": timedelta(days=30)}
# How long anything waits to be sent, and a request for a new password, which is stale the next day.
MAX_AGE, MAX_RESET_AGE = timedelta(days=30), timedelta(days=1)
# How long somebody who asked for a new password waits for the letter; who gets it later, unasked, is alarmed.
RESET_STALE_AFTER = timedelta(hours=1)

_OPEN = OutboxMessage.state == "waiting"
_FAILED = OutboxMessage.state == "failed"


def add_message(
    kind: str, recipient: str, *, user_id: int | None = None, address: str = "", request_id: str = ""
) -> None:
    """Have something told to the recipient, once the transaction is committed."""
    now = utcnow()
    message = OutboxMessage(
        kind=kind,
        recipient=recipient,
        user_id=user_id,
        address=address,
        request_id=request_id,
        due_at=now,
        expires_at=now + (MAX_RESET_AGE if kind == "password_reset" else MAX_AGE),
    )
    db.session.add(message)
    db.session.flush()


def _is_due() -> ColumnElement[bool]:
    now = utcnow()
    return and_(_OPEN, OutboxMessage.due_at <= now, OutboxMessage.expires_at > now)


def is_message_due() -> bool:
    """Whether there is anything to send."""
    due = select(OutboxMessage.id).where(_is_due()).limit(1)
    return db.session.execute(due).one_or_none() is not None


def lock_due_message() -> AnyRow | None:
    """id, kind, recipient, user_id, attempts, address, request_id and created_at of the message that has been due for
    longest.

    Nobody else gets it until the transaction ends; those that others hold are passed over.
    """
    due = (
        select(
            OutboxMessage.id,
            OutboxMessage.kind,
            OutboxMessage.recipient,
            OutboxMessage.user_id,
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
    """Count an attempt. Unless it ends well the message is due again at `next_at`, also where the worker dies."""
    changes = {"attempts": OutboxMessage.attempts + 1, "due_at": next_at}
    db.session.execute(update(OutboxMessage).where(OutboxMessage.id == message_id).values(changes))


def record_error(message_id: int, error: str) -> None:
    """Keep why the last attempt has failed."""
    db.session.execute(
        update(OutboxMessage).where(OutboxMessage.id == message_id, _OPEN).values(error=error[:200])
    )


def finish_message(message_id: int, state: str, error: str = "") -> None:
    """There is nothing more to do: it was `sent`, it is not to be sent (`dropped`), or it has `failed` for good."""
    changes = {"state": state, "error": error[:200], "expires_at": utcnow() + RETENTION[state]}
    db.session.execute(update(OutboxMessage).where(OutboxMessage.id == message_id, _OPEN).values(changes))


def delete_waiting_messages(kind: str, recipient: str) -> None:
    """Remove what was to be told to the recipient, and waits to be sent."""
    waiting = and_(_OPEN, OutboxMessage.kind == kind, OutboxMessage.recipient == recipient)
    db.session.execute(delete(OutboxMessage).where(waiting))


def delete_account_messages(user_id: int, *emails: str | None) -> None:
    """Remove what was to be told to the account, and requests for a new password by these addresses.

    What else is told to an address is for whoever had it before.
    """
    recipients = [email for email in emails if email]
    asked = and_(OutboxMessage.kind == "password_reset", OutboxMessage.recipient.in_(recipients))
    db.session.execute(delete(OutboxMessage).where(or_(OutboxMessage.user_id == user_id, asked)))


_COUNTED = select(
    OutboxMessage.state, func.count().label("number"), func.min(OutboxMessage.created_at).label("oldest")
).group_by(OutboxMessage.state)
# The values are written out, so that both planners can match the partial index.
_UNSENT = OutboxMessage.state.in_([literal_column("'waiting'"), literal_column("'failed'")])
_BACKLOG = _COUNTED.where(
    _UNSENT, OutboxMessage.expires_at > bindparam("now", type_=OutboxMessage.expires_at.type)
)


def count_messages() -> list[AnyRow]:
    """Each state with the number of its messages, and when the oldest of them was written."""
    return list(db.session.execute(_COUNTED.order_by(OutboxMessage.state)))


def count_unsent_messages() -> list[AnyRow]:
    """The same of those that wait and those that have failed, without what has expired; by an index alone."""
    return list(db.session.execute(_BACKLOG, {"now": utcnow()}))


def list_failed_messages(limit: int) -> list[dict[str, Any]]:
    """The latest messages that could not be sent, with the reason."""
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
    """Have what has failed tried anew; gives how many messages that are."""
    now = utcnow()
    changes = {"state": "waiting", "attempts": 0, "due_at": now, "expires_at": now + MAX_RESET_AGE}
    return _update_failed(changes)


def drop_failed_messages(*, stale_only: bool = False) -> int:
    """What has failed is not to be sent any more; gives how many messages that are.

    `stale_only`: only requests for a new password that nobody waits for any more.
    """
    now = utcnow()
    stale = and_(OutboxMessage.kind == "password_reset", OutboxMessage.created_at <= now - RESET_STALE_AFTER)
    changes = {"state": "dropped", "expires_at": now + RETENTION["dropped"]}
    return _update_failed(changes, *([stale] if stale_only else []))


def _update_failed(changes: dict[str, Any], *which: ColumnElement[bool]) -> int:
    changed = update(OutboxMessage).where(_FAILED, *which).values(changes).returning(OutboxMessage.id)
    return len(db.session.execute(changed).all())
