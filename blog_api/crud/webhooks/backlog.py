"""Measure what is waiting to be sent to endpoints."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from blog_api.database.session import db
from blog_api.models.changes import Change, ChangeFeed
from blog_api.models.webhooks import Webhook, WebhookDelivery


class Waiting(NamedTuple):
    """What waits for one endpoint: the number of messages and changes, and since when the oldest has been waiting.

    Changes count even if the endpoint does not receive their type: that shows only when the worker reads them.
    """

    is_failing: bool
    number: int
    oldest: datetime | None


def measure_waiting() -> list[Waiting]:
    """Return what waits for each active endpoint. One query."""
    pending = (
        select(WebhookDelivery.id)
        .where(
            WebhookDelivery.webhook_id == Webhook.id,
            WebhookDelivery.state == "pending",
            WebhookDelivery.is_ordered,
        )
        .correlate(Webhook)
    )
    next_change = (
        select(Change.at).where(Change.position > Webhook.position).order_by(Change.position).limit(1)
    )
    end = func.coalesce(select(ChangeFeed.position).scalar_subquery(), 0)
    rows = select(
        Webhook.failing_since.is_not(None),
        end - Webhook.position,
        pending.with_only_columns(func.count()).scalar_subquery(),
        pending.with_only_columns(func.min(WebhookDelivery.created_at)).scalar_subquery(),
        next_change.correlate(Webhook).scalar_subquery(),
    ).where(Webhook.is_active)
    return [
        Waiting(is_failing, max(0, changes) + messages, min(filter(None, (queued, changed)), default=None))
        for is_failing, changes, messages, queued, changed in db.session.execute(rows)
    ]
