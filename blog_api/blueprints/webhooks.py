"""/webhooks: endpoints that receive changes, for admins."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for

from blog_api.api.blueprint import Blueprint
from blog_api.api.caching import check_version
from blog_api.auth.access import current_user, login_required, session_required
from blog_api.crud.webhooks import endpoints as crud
from blog_api.models.webhooks import Webhook
from blog_api.paging.pages import Page
from blog_api.policies.viewers import is_admin, require
from blog_api.schemas import webhooks as schemas
from blog_api.services.webhooks import endpoints as services

blueprint = Blueprint(
    "webhooks",
    __name__,
    url_prefix="/api/v1/webhooks",
    description="Endpoints that receive changes, for admins.",
    secret=True,
)


@blueprint.route("")
@login_required
@blueprint.query(schemas.WebhookQuery())
@blueprint.returns(200, schemas.WebhookPage())
@blueprint.raises(403)
def list_webhooks(query: dict[str, Any]) -> Page:
    """List webhooks

    Admins only. The secrets are not included.
    """
    _require_admin()
    return crud.list_webhooks(query["page"])


@blueprint.route("", methods=["POST"])
@session_required
@blueprint.body(schemas.NewWebhook())
@blueprint.returns(201, schemas.WebhookWithSecret())
@blueprint.raises(403, 409)
def create_webhook(data: dict[str, Any]) -> Any:
    """Create a webhook

    Admins only. The worker sends each change from now on to the URL, in order, with a signature as described by
    [Standard Webhooks](https://www.standardwebhooks.com). Only this response includes the secret to verify it. Admins
    see drafts, so changes that are not public are included. There are at most 50 webhooks.
    """
    _require_admin()
    webhook = services.create_webhook(data, _trusted_hosts())
    return webhook, {"Location": url_for("webhooks.read_webhook", webhook_id=webhook["id"])}


@blueprint.route("/<id:webhook_id>")
@login_required
@blueprint.returns(200, schemas.Webhook())
@blueprint.raises(403)
def read_webhook(webhook_id: int) -> Any:
    """Get a webhook

    Admins only. The secret is not included.
    """
    _require_admin()
    webhook = crud.get_webhook(webhook_id)
    return services.shown(webhook) | {"version": webhook.version}


@blueprint.route("/<id:webhook_id>", methods=["PATCH"])
@session_required
@blueprint.body(schemas.WebhookPatch(partial=True))
@blueprint.returns(200, schemas.Webhook())
@blueprint.raises(403, 412)
def update_webhook(data: dict[str, Any], webhook_id: int) -> Any:
    """Update a webhook

    Admins only. When it becomes inactive, its waiting messages count as failed. Once active again, it receives the
    changes from then on.
    """
    return services.update_webhook(_load(webhook_id), data, _trusted_hosts())


@blueprint.route("/<id:webhook_id>", methods=["DELETE"])
@session_required
@blueprint.returns(204)
@blueprint.raises(403, 412)
def delete_webhook(webhook_id: int) -> None:
    """Delete a webhook

    Admins only. Its deliveries are deleted, too.
    """
    services.delete_webhook(_load(webhook_id), _trusted_hosts())


@blueprint.route("/<id:webhook_id>/rotate-secret", methods=["POST"])
@session_required
@blueprint.returns(200, schemas.WebhookWithSecret())
@blueprint.raises(403)
def rotate_secret(webhook_id: int) -> Any:
    """Rotate the secret of a webhook

    Admins only. Only this response includes the new secret. For 24 hours, messages are signed with both secrets,
    so that the receiver can switch.
    """
    _require_admin()
    return services.rotate_secret(crud.get_webhook(webhook_id, lock=True), _trusted_hosts())


@blueprint.route("/<id:webhook_id>/test", methods=["POST"])
@session_required
@blueprint.returns(202, schemas.Delivery())
@blueprint.raises(403)
def send_test(webhook_id: int) -> Any:
    """Send a test message

    Admins only. The worker sends a message of the type `webhook.test` once, even to an inactive webhook, without
    waiting for other messages. Its delivery shows the outcome.
    """
    _require_admin()
    return services.send_test(crud.get_webhook(webhook_id))


@blueprint.route("/<id:webhook_id>/deliveries")
@login_required
@blueprint.query(schemas.DeliveryQuery())
@blueprint.returns(200, schemas.DeliveryPage())
@blueprint.raises(403)
def list_deliveries(query: dict[str, Any], webhook_id: int) -> Page:
    """List the deliveries of a webhook

    Admins only. Newest first. Deliveries are kept for 30 days.
    """
    _require_admin()
    return crud.list_deliveries(webhook_id, query["filters"], query["page"])


@blueprint.route("/deliveries/<id:delivery_id>/retry", methods=["POST"])
@session_required
@blueprint.returns(202, schemas.Delivery())
@blueprint.raises(403)
def retry_delivery(delivery_id: int) -> Any:
    """Send a message again

    Admins only. The worker sends it once more, with the same `webhook-id`, as a new delivery that does not wait for
    other messages. If the message is still waiting for its next attempt, that attempt is made now.
    """
    _require_admin()
    return services.retry_delivery(delivery_id)


def _load(webhook_id: int) -> Webhook:
    _require_admin()
    webhook = crud.get_webhook(webhook_id, lock=True)
    check_version(webhook.version)
    return webhook


def _require_admin() -> None:
    require(is_admin(current_user()), "Only admins may manage webhooks.")


def _trusted_hosts() -> frozenset[str]:
    hosts: frozenset[str] = current_app.config["WEBHOOKS_ALLOW"]
    return hosts
