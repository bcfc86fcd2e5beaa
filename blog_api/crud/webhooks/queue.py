"""The queues of the endpoints, for the worker.

Each endpoint has a lease: only the worker that owns it sends its ordered messages. It expires if the worker dies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, insert, or_, select, update

from blog_api.crud.webhooks.endpoints import RETENTION
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.changes import Change, ChangeFeed
from blog_api.models.webhooks import Webhook, WebhookDelivery
from blog_api.paging.pages import AnyRow

_PENDING = WebhookDelivery.state == "pending"
# What a worker needs to send messages.
_SENDING = (
    Webhook.id, Webhook.url, Webhook.kind, Webhook.events, Webhook.secret, Webhook.old_secret, Webhook.old_secret_until,
    Webhook.position, Webhook.failures, Webhook.failing_since,
)  # fmt: skip
_MESSAGE = (
    WebhookDelivery.id, WebhookDelivery.webhook_id, WebhookDelivery.message_id, WebhookDelivery.payload,
    WebhookDelivery.is_ordered,
)  # fmt: skip
_RECORD = (
    update(WebhookDelivery)
    .where(WebhookDelivery.id == bindparam("new_id"))
    .values(
        attempts=WebhookDelivery.attempts + 1,
        state=func.coalesce(bindparam("new_state"), WebhookDelivery.state),
        expires_at=func.coalesce(
            bindparam("new_expires_at", type_=WebhookDelivery.expires_at.type), WebhookDelivery.expires_at
        ),
        **{name: bindparam(f"new_{name}") for name in ("status_code", "error", "duration", "attempted_at")},
    )
)


def find_work(now: datetime) -> list[AnyRow]:
    """Return for each endpoint whether it has ordered and other messages, and when the ordered ones may be sent."""
    pending = select(WebhookDelivery.id).where(WebhookDelivery.webhook_id == Webhook.id, _PENDING)
    ordered = pending.where(WebhookDelivery.is_ordered).correlate(Webhook).exists()
    other = pending.where(_is_unclaimed(now)).correlate(Webhook).exists()
    end = select(ChangeFeed.position).scalar_subquery()
    has_ordered = and_(Webhook.is_active, or_(ordered, Webhook.position < func.coalesce(end, 0)))
    columns = (Webhook.id, Webhook.due_at, Webhook.lease_until)
    return list(
        db.session.execute(
            select(*columns, has_ordered.label("has_ordered"), other.label("has_other")).order_by(Webhook.id)
        )
    )


def _is_unclaimed(now: datetime) -> ColumnElement[bool]:
    claimed_until = WebhookDelivery.claimed_until
    return and_(~WebhookDelivery.is_ordered, or_(claimed_until.is_(None), claimed_until <= now))


def acquire_lease(webhook_id: int, owner: str, now: datetime, until: datetime) -> AnyRow | None:
    """Acquire the lease of an active endpoint that is due. Return the endpoint, or None if another worker was first."""
    is_free = or_(Webhook.lease_until.is_(None), Webhook.lease_until <= now)
    is_due = or_(Webhook.due_at.is_(None), Webhook.due_at <= now)
    return _update(
        webhook_id, Webhook.is_active, is_free, is_due, {"lease_owner": owner, "lease_until": until}
    )


def renew_lease(webhook_id: int, owner: str, until: datetime) -> AnyRow | None:
    """Renew the lease. Return the endpoint as it is now, or None if it is no longer ours, or no longer active."""
    return _update(webhook_id, Webhook.is_active, Webhook.lease_owner == owner, {"lease_until": until})


def release_lease(webhook_id: int, owner: str) -> None:
    """Release the lease if it is ours."""
    _update(webhook_id, Webhook.lease_owner == owner, {"lease_owner": None, "lease_until": None})


def record_recovery(webhook_id: int) -> None:
    """Record that the endpoint works again, if it was failing."""
    recovered = {"failing_since": None, "last_error": "", "failures": 0, "version": Webhook.version + 1}
    _update(webhook_id, Webhook.failing_since.is_not(None), recovered)


def record_failure(webhook_id: int, error: str, now: datetime, due_at: datetime) -> None:
    """Record that the endpoint has not accepted an ordered message, and when to try again."""
    failed = {
        "failing_since": func.coalesce(Webhook.failing_since, now),
        "last_error": error,
        "failures": Webhook.failures + 1,
        "due_at": due_at,
        "version": Webhook.version + 1,
    }
    _update(webhook_id, failed)


def switch_off(webhook_id: int) -> bool:
    """Make the endpoint inactive. Return whether it was active."""
    return _update(webhook_id, Webhook.is_active, {"is_active": False, "due_at": None}) is not None


def _update(webhook_id: int, *conditions_and_values: Any) -> AnyRow | None:
    """Update the columns of the worker, without changing `updated_at`."""
    *conditions, values = conditions_and_values
    statement = update(Webhook).where(Webhook.id == webhook_id, *conditions)
    changed = statement.values({"updated_at": Webhook.updated_at, **values}).returning(*_SENDING)
    return db.session.execute(changed, execution_options=UNSYNCHRONIZED).one_or_none()


def read_ordered(webhook_id: int, limit: int) -> Sequence[AnyRow]:
    """Return the next ordered messages that are waiting for the endpoint."""
    waiting = select(*_MESSAGE).where(
        WebhookDelivery.webhook_id == webhook_id, _PENDING, WebhookDelivery.is_ordered
    )
    return db.session.execute(waiting.order_by(WebhookDelivery.id).limit(limit)).all()


def read_changes(position: int, types: Iterable[str], limit: int) -> tuple[Sequence[AnyRow], int, int]:
    """Return the next changes of these types, the position after them, and the last position that was deleted."""
    end, deleted = db.session.execute(
        select(func.max(ChangeFeed.position), func.max(ChangeFeed.deleted_position))
    ).one()
    found = (
        select(Change.position, Change.type, Change.entity_id, Change.into_id, Change.post_id, Change.at)
        .where(Change.position > position, Change.position <= (end or 0), Change.type.in_(list(types)))
        .order_by(Change.position)
        .limit(limit)
    )
    rows = db.session.execute(found).all()
    return rows, rows[-1].position if len(rows) == limit else max(end or 0, position), deleted or 0


def add_ordered(
    webhook_id: int, position: int, messages: Sequence[tuple[str, str, str]], now: datetime
) -> None:
    """Queue messages (id, type and payload) of all changes up to the position."""
    rows = [
        {
            "webhook_id": webhook_id,
            "message_id": message_id,
            "type": type_,
            "payload": payload,
            "is_ordered": True,
            "created_at": now,
        }
        for message_id, type_, payload in messages
    ]
    if rows:
        db.session.execute(insert(WebhookDelivery), rows)
    _update(webhook_id, {"position": position})


def claim_other(webhook_id: int, now: datetime, until: datetime) -> tuple[AnyRow, AnyRow] | None:
    """Claim a message that is not ordered. Return the endpoint and the message, or None if there is none."""
    waiting = select(WebhookDelivery.id).where(
        WebhookDelivery.webhook_id == webhook_id, _PENDING, _is_unclaimed(now)
    )
    first = waiting.order_by(WebhookDelivery.id).limit(1).with_for_update(skip_locked=True).scalar_subquery()
    claimed = update(WebhookDelivery).where(WebhookDelivery.id == first).values(claimed_until=until)
    message = db.session.execute(claimed.returning(*_MESSAGE), execution_options=UNSYNCHRONIZED).one_or_none()
    if message is None:
        return None
    return db.session.execute(select(*_SENDING).where(Webhook.id == webhook_id)).one(), message


def record_attempts(outcomes: Sequence[dict[str, Any]], now: datetime) -> None:
    """Record attempts: for each delivery the id, `status_code`, `error`, `duration`, `attempted_at` and a new `state`.

    Without a `state`, the delivery keeps its own. Deliveries that have been deleted meanwhile are ignored.
    """
    expiry = {"delivered": now + RETENTION, "failed": now + RETENTION}
    rows = [
        {f"new_{name}": value for name, value in outcome.items()}
        | {"new_state": outcome.get("state"), "new_expires_at": expiry.get(outcome.get("state", ""))}
        for outcome in outcomes
    ]
    if rows:
        # On the connection, because Session.execute requires that each row is found.
        db.session.connection().execute(_RECORD, rows)
