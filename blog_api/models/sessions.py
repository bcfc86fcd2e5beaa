"""The table of login sessions. A token is valid only while its session exists."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog_api.database.base import Base
from blog_api.database.columns import CreationTime, Id

if TYPE_CHECKING:
    from blog_api.models.users import User


class LoginSession(Base):
    """A login on one device. Deleting the row ends the session."""

    __tablename__ = "sessions"
    __table_args__ = (
        Index("ix_sessions_user_id", "user_id"),
        Index("ix_sessions_expires_at", "expires_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    # The jti of the only valid refresh token. It follows from that of the token before: see auth/tokens.py.
    refresh_jti: Mapped[str] = mapped_column(String(36))
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(45), default="")
    created_at: Mapped[CreationTime]
    # The time of the login or of the last refresh.
    last_used_at: Mapped[CreationTime]
    expires_at: Mapped[datetime]

    user: Mapped[User] = relationship(lazy="raise")
