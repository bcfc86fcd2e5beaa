"""The outbox of mail messages.

A message is inserted in the same transaction as the change it reports, and sent by the worker.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base
from blog_api.database.columns import CreationTime, Id

_WAITING = text("state = 'waiting'")
_UNSENT = text("state IN ('waiting', 'failed')")


class OutboxMessage(Base):
    """A queued message. It contains no token; the worker creates one when it sends the message."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('password_reset', 'email_change', 'email_change_asked', 'email_changed', 'invitation', "
            "'comment', 'reply', 'webhook_disabled')",
            name="kind",
        ),
        CheckConstraint("state IN ('waiting', 'sent', 'dropped', 'failed')", name="state"),
        Index("ix_outbox_due_at", "due_at", postgresql_where=_WAITING, sqlite_where=_WAITING),
        # Covers the backlog query, however many messages were sent.
        Index(
            "ix_outbox_unsent",
            "state",
            "created_at",
            "expires_at",
            postgresql_where=_UNSENT,
            sqlite_where=_UNSENT,
        ),
        Index("ix_outbox_user_id", "user_id"),
        Index("ix_outbox_expires_at", "expires_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(20))
    # For a password reset, the address as entered. The worker looks up the account.
    recipient: Mapped[str] = mapped_column(String(254))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    # The comment that the message is about. Without a foreign key: the message is dropped if it is gone.
    comment_id: Mapped[int | None]
    # The webhook that the message is about, likewise.
    webhook_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(10), default="waiting", server_default="waiting")
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    due_at: Mapped[CreationTime]
    error: Mapped[str] = mapped_column(String(200), default="", server_default="")
    # From the original request, for the audit log.
    address: Mapped[str] = mapped_column(String(45), default="", server_default="")
    request_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    created_at: Mapped[CreationTime]
    expires_at: Mapped[datetime]
