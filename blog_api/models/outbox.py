"""The table of mail that is to be sent: rows are written with the change that they tell of, and sent by the worker."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base
from blog_api.database.columns import Id

_WAITING = text("state = 'waiting'")
_UNSENT = text("state IN ('waiting', 'failed')")


class OutboxMessage(Base):
    """What is to be told to whom. Tokens are made when it is sent, so that none is here."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('password_reset', 'email_change', 'email_change_asked', 'email_changed')", name="kind"
        ),
        CheckConstraint("state IN ('waiting', 'sent', 'dropped', 'failed')", name="state"),
        Index("ix_outbox_due_at", "due_at", postgresql_where=_WAITING, sqlite_where=_WAITING),
        # All that is to be known of what is not sent, however much was.
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
    # As it was typed, for a reset: whether an account has it is for the worker to find out.
    recipient: Mapped[str] = mapped_column(String(254))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10), default="waiting", server_default="waiting")
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    due_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    error: Mapped[str] = mapped_column(String(200), default="", server_default="")
    # Of the request that asked for it, for the audit.
    address: Mapped[str] = mapped_column(String(45), default="", server_default="")
    request_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    expires_at: Mapped[datetime]
