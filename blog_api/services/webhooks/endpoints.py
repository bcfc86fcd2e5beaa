"""Manage the endpoints of webhooks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from blog_api.auth import audit
from blog_api.crud.webhooks import endpoints as crud
from blog_api.database.columns import utcnow
from blog_api.models.webhooks import Webhook
from blog_api.outgoing.urls import UrlError, parse_url
from blog_api.problems import Fault, InvalidInput
from blog_api.schemas.webhooks import TEST
from blog_api.security.webhook_signatures import create_secret
from blog_api.services.webhooks.messages import create_message_id, payload_of

# How long messages are also signed with the secret before the last rotation.
OLD_SECRET_LIFETIME = timedelta(hours=24)


def create_webhook(data: dict[str, Any], trusted_hosts: Collection[str]) -> dict[str, Any]:
    """Create an endpoint, and return it with its secret. Raises InvalidInput or Conflict."""
    webhook = crud.create_webhook(create_secret(), _checked(data, trusted_hosts))
    _audit("webhook.created", webhook, trusted_hosts)
    return shown(webhook) | {"secret": webhook.secret}


def update_webhook(
    webhook: Webhook, changes: dict[str, Any], trusted_hosts: Collection[str]
) -> dict[str, Any]:
    """Change an endpoint, and return it. Raises InvalidInput."""
    crud.update_webhook(webhook, _checked(changes, trusted_hosts))
    _audit("webhook.updated", webhook, trusted_hosts)
    return shown(webhook) | {"version": webhook.version}


def delete_webhook(webhook: Webhook, trusted_hosts: Collection[str]) -> None:
    """Delete an endpoint."""
    _audit("webhook.deleted", webhook, trusted_hosts)
    crud.delete_webhook(webhook)


def rotate_secret(webhook: Webhook, trusted_hosts: Collection[str]) -> dict[str, Any]:
    """Create a new secret, and return the endpoint with it. The old one remains valid for OLD_SECRET_LIFETIME."""
    webhook.old_secret, webhook.old_secret_until = webhook.secret, utcnow() + OLD_SECRET_LIFETIME
    webhook.secret = create_secret()
    _audit("webhook.secret_rotated", webhook, trusted_hosts)
    crud.update_webhook(webhook, {})
    return shown(webhook) | {"secret": webhook.secret}


def send_test(webhook: Webhook) -> dict[str, Any]:
    """Queue a test message, and return its delivery. It is sent even if the endpoint is not active."""
    data: dict[str, Any] = {"tags": []} if webhook.kind == "purge" else {}
    payload = payload_of(TEST, utcnow(), data)
    return crud.read_delivery(crud.add_delivery(webhook.id, create_message_id(), TEST, payload).id)


def retry_delivery(delivery_id: int) -> dict[str, Any]:
    """Send a message again, and return the delivery.

    The next attempt of an ordered message that is waiting takes place now. All others are sent once more, as a new
    delivery with the same message id. Raises NotFound.
    """
    delivery = crud.get_delivery(delivery_id)
    if delivery.state != "pending":
        delivery = crud.add_delivery(
            delivery.webhook_id, delivery.message_id, delivery.type, delivery.payload
        )
    elif delivery.is_ordered:
        crud.try_again_now(delivery.webhook_id)
    return crud.read_delivery(delivery.id)


def shown(webhook: Webhook) -> dict[str, Any]:
    """Return what the API shows of an endpoint, without its version."""
    names = (
        "id",
        "url",
        "events",
        "kind",
        "is_active",
        "failing_since",
        "last_error",
        "created_at",
        "updated_at",
    )
    return {name: getattr(webhook, name) for name in names}


def _checked(data: dict[str, Any], trusted_hosts: Collection[str]) -> dict[str, Any]:
    if "events" in data:
        data = {**data, "events": list(dict.fromkeys(data["events"]))}
    try:
        if "url" in data:
            parse_url(data["url"], trusted_hosts)
    except UrlError as error:
        raise InvalidInput(faults=[Fault(str(error), "not_allowed", "/url")]) from None
    return data


def _audit(action: str, webhook: Webhook, trusted_hosts: Collection[str]) -> None:
    """Record the host only: the rest of the URL can be a secret of the receiver."""
    try:
        host = parse_url(webhook.url, trusted_hosts).host
    except UrlError:
        # The setting has changed.
        host = "a host that is not allowed"
    audit.record(action, user_id=None, detail=f"webhook {webhook.id}, {host}")
