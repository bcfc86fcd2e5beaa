"""The tables of webhooks: endpoints, their messages, and former tags and authors of posts, for purge messages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base, Timestamps, Versioned
from blog_api.database.columns import CreationTime, Id, JsonText, SecretString

_PENDING = text("state = 'pending'")


class Webhook(Timestamps, Versioned, Base):
    """An endpoint that receives changes, and the progress of the worker.

    The worker changes its own columns with set-based statements, which leave `version` and `updated_at` alone unless
    they change what the API shows.
    """

    __tablename__ = "webhooks"
    __table_args__ = (
        CheckConstraint("kind IN ('event', 'purge')", name="kind"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    url: Mapped[str] = mapped_column(String(2000))
    events: Mapped[list[str]] = mapped_column(JsonText)
    kind: Mapped[str] = mapped_column(String(5))
    is_active: Mapped[bool]
    secret: Mapped[str] = mapped_column(SecretString(80))
    # The secret before the last rotation. Messages are signed with both until then.
    old_secret: Mapped[str | None] = mapped_column(SecretString(80))
    old_secret_until: Mapped[datetime | None]
    # The first of the failures since the last success, and the reason of the last one.
    failing_since: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(String(200), default="", server_default="")

    # For the worker: the position of the last change that was queued, the number of consecutive failures, when to try
    # again, and which worker is sending until when.
    position: Mapped[int]
    failures: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    due_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None]


class WebhookDelivery(Base):
    """A message to an endpoint: waiting in the queue, or in the log of what was sent."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'delivered', 'failed')", name="state"),
        Index("ix_webhook_deliveries_webhook_id", "webhook_id", "id"),
        Index(
            "ix_webhook_deliveries_pending",
            "webhook_id",
            "is_ordered",
            "id",
            postgresql_where=_PENDING,
            sqlite_where=_PENDING,
        ),
        Index("ix_webhook_deliveries_expires_at", "expires_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    # The same for all attempts, so that receivers recognise duplicates.
    message_id: Mapped[str] = mapped_column(String(40))
    type: Mapped[str] = mapped_column(String(20))
    payload: Mapped[str] = mapped_column(Text)
    # False for tests and repeated messages, which wait for no others.
    is_ordered: Mapped[bool]
    state: Mapped[str] = mapped_column(String(9), default="pending", server_default="pending")
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    status_code: Mapped[int | None] = mapped_column(SmallInteger)
    error: Mapped[str] = mapped_column(String(200), default="", server_default="")
    # Of the last attempt, in milliseconds.
    duration: Mapped[int | None] = mapped_column(Integer)
    attempted_at: Mapped[datetime | None]
    # Of messages that are not ordered: until when the worker that has claimed it may send it.
    claimed_until: Mapped[datetime | None]
    created_at: Mapped[CreationTime]
    # Null while it is pending.
    expires_at: Mapped[datetime | None]


class FormerLink(Base):
    """A tag or an author that a post recently had, written by triggers while there is an active purge endpoint.

    The cached lists of that tag or author must be purged, too. There are no foreign keys, so that rows outlive posts.
    """

    __tablename__ = "former_links"
    __table_args__ = (
        CheckConstraint("kind IN ('tag', 'user')", name="kind"),
        Index("ix_former_links_expires_at", "expires_at"),
    )

    post_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(4), primary_key=True)
    entity_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    expires_at: Mapped[datetime]
