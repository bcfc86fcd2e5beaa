"""Queries of endpoints and their deliveries, for the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, case, func, select, update

from blog_api.crud.changes.numbering import lock_feed
from blog_api.crud.rows import get_or_404, patch, read_one
from blog_api.database.columns import utcnow
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.webhooks import Webhook, WebhookDelivery
from blog_api.paging.filtered import FilteredList
from blog_api.paging.pages import Page, PageRequest
from blog_api.problems import Conflict

MAX_WEBHOOKS = 50
# How long deliveries are kept once they have succeeded or failed.
RETENTION = timedelta(days=30)
SWITCHED_OFF = "The endpoint was switched off."

_MISSING, _NO_DELIVERY = "There is no such webhook.", "There is no such delivery."
_WEBHOOKS = FilteredList(
    select(
        Webhook.id, Webhook.url, Webhook.events, Webhook.kind, Webhook.is_active, Webhook.failing_since,
        Webhook.last_error, Webhook.created_at, Webhook.updated_at, Webhook.version,
    ),
    Webhook.id,
    sorts={"id": Webhook.id},
)  # fmt: skip
_DELIVERY = select(
    WebhookDelivery.id, WebhookDelivery.message_id, WebhookDelivery.type, WebhookDelivery.state,
    WebhookDelivery.attempts, WebhookDelivery.status_code, WebhookDelivery.error, WebhookDelivery.duration,
    WebhookDelivery.created_at, WebhookDelivery.attempted_at,
)  # fmt: skip
_ONE_DELIVERY = _DELIVERY.where(WebhookDelivery.id == bindparam("delivery_id"))
_DELIVERIES = FilteredList(
    _DELIVERY,
    WebhookDelivery.id,
    sorts={"id": WebhookDelivery.id},
    filters=(WebhookDelivery.webhook_id, WebhookDelivery.state),
)


def list_webhooks(page: PageRequest) -> Page:
    """Read a page of the endpoints."""
    return _WEBHOOKS.read(page, {})


def get_webhook(webhook_id: int, *, lock: bool = False) -> Webhook:
    """Load an endpoint, and lock it to change it together with its deliveries. Raises NotFound."""
    statement = select(Webhook).where(Webhook.id == webhook_id)
    return get_or_404(statement.with_for_update() if lock else statement, {}, _MISSING)


def find_webhook(webhook_id: int) -> Webhook | None:
    """Return an endpoint, or None if it has been deleted."""
    return db.session.get(Webhook, webhook_id)


def create_webhook(secret: str, data: dict[str, Any]) -> Webhook:
    """Create an endpoint that receives the changes from now on. Raises Conflict if there are MAX_WEBHOOKS."""
    # The lock also keeps concurrent requests from exceeding the limit.
    position, _ = lock_feed()
    if db.session.execute(select(func.count()).select_from(Webhook)).scalar_one() >= MAX_WEBHOOKS:
        raise Conflict(f"There are already {MAX_WEBHOOKS} webhooks. Delete one first.")
    webhook = Webhook(**data, secret=secret, position=position)
    db.session.add(webhook)
    db.session.flush()
    return webhook


def update_webhook(webhook: Webhook, changes: dict[str, Any]) -> None:
    """Set what is in `changes`. An endpoint that becomes active receives the changes from then on."""
    is_active = changes.get("is_active", webhook.is_active)
    if is_active and not webhook.is_active:
        position, _ = lock_feed()
        changes = {**changes, "position": position, "failing_since": None, "last_error": ""}
    if webhook.is_active and not is_active:
        fail_pending_deliveries(webhook.id)
    # Do not wait for the next attempt: another URL may work.
    patch(webhook, {**changes, "failures": 0, "due_at": None})


def try_again_now(webhook_id: int) -> None:
    """Let the worker send now what is waiting for an endpoint that has failed."""
    now = update(Webhook).where(Webhook.id == webhook_id)
    db.session.execute(
        now.values(due_at=None, updated_at=Webhook.updated_at), execution_options=UNSYNCHRONIZED
    )


def delete_webhook(webhook: Webhook) -> None:
    """Delete an endpoint with its deliveries."""
    db.session.delete(webhook)
    db.session.flush()


def fail_pending_deliveries(webhook_id: int) -> None:
    """Give up on the ordered messages that are waiting for an endpoint. They can be sent again one by one."""
    waiting = (
        WebhookDelivery.webhook_id == webhook_id,
        WebhookDelivery.state == "pending",
        WebhookDelivery.is_ordered,
    )
    error = case((WebhookDelivery.error == "", SWITCHED_OFF), else_=WebhookDelivery.error)
    values = {"state": "failed", "error": error, "expires_at": utcnow() + RETENTION}
    db.session.execute(
        update(WebhookDelivery).where(*waiting).values(values), execution_options=UNSYNCHRONIZED
    )


def list_deliveries(webhook_id: int, filters: dict[str, Any], page: PageRequest) -> Page:
    """Read a page of the deliveries of an endpoint. Raises NotFound if there is no such endpoint."""
    get_webhook(webhook_id)
    return _DELIVERIES.read(page, {**filters, "webhook_id": webhook_id})


def read_delivery(delivery_id: int) -> dict[str, Any]:
    """Return a delivery to show it. Raises NotFound."""
    return read_one(_ONE_DELIVERY, {"delivery_id": delivery_id}, _NO_DELIVERY)


def get_delivery(delivery_id: int) -> WebhookDelivery:
    """Load a delivery. Raises NotFound."""
    return get_or_404(select(WebhookDelivery).where(WebhookDelivery.id == delivery_id), {}, _NO_DELIVERY)


def add_delivery(webhook_id: int, message_id: str, type_: str, payload: str) -> WebhookDelivery:
    """Queue a message that waits for no others. Raises NotFound if the endpoint is being deleted."""
    get_webhook(webhook_id, lock=True)
    delivery = WebhookDelivery(
        webhook_id=webhook_id, message_id=message_id, type=type_, payload=payload, is_ordered=False
    )
    db.session.add(delivery)
    db.session.flush()
    return delivery
