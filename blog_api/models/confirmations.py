"""The table of confirmation tokens sent by mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base
from blog_api.database.columns import CreationTime, Id


class Confirmation(Base):
    """The digest of a token. It is valid as long as the account has the email address, or has it pending."""

    __tablename__ = "confirmations"
    __table_args__ = (
        CheckConstraint("purpose IN ('password_reset', 'email_change')", name="purpose"),
        Index("ix_confirmations_digest", "digest", unique=True),
        Index("ix_confirmations_user_id", "user_id"),
        Index("ix_confirmations_expires_at", "expires_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(20))
    email: Mapped[str] = mapped_column(String(254))
    # Not a foreign key, because the token outlives the message.
    message_id: Mapped[int]
    # SHA-256. A token has 256 random bits, so a slower hash is not needed.
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[CreationTime]
    expires_at: Mapped[datetime]
