"""The table of API tokens, for authenticating scripts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base
from blog_api.database.columns import CreationTime, Id


class ApiToken(Base):
    """An API token. Only its digest is stored. Deleting the row revokes it."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        CheckConstraint("scopes IN ('read', 'write', 'read write')", name="scopes"),
        Index("ix_api_tokens_digest", "digest", unique=True),
        Index("ix_api_tokens_user_id", "user_id"),
        Index("ix_api_tokens_expires_at", "expires_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(100))
    # Separated by spaces, as in OAuth.
    scopes: Mapped[str] = mapped_column(String(10))
    # SHA-256. A token has 256 random bits, so a slower hash is not needed.
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[CreationTime]
    expires_at: Mapped[datetime]
