"""The audit log of security events: who did what to whom, and from where."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base
from blog_api.database.columns import CreationTime, Id


class AuditEvent(Base):
    """One event. It has no foreign keys to accounts, so that it outlives them."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_created_at", "created_at", "id"),
        Index("ix_audit_events_user_id", "user_id", "created_at", "id"),
        Index("ix_audit_events_actor_id", "actor_id", "created_at", "id"),
        Index("ix_audit_events_action", "action", "created_at", "id"),
        Index("ix_audit_events_expires_at", "expires_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    action: Mapped[str] = mapped_column(String(30))
    # The account that acted, if known, and the account affected.
    actor_id: Mapped[int | None]
    user_id: Mapped[int | None]
    detail: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(45))
    request_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[CreationTime]
    expires_at: Mapped[datetime]
