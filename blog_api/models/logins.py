"""The tables that protect logins: counters of recent failures, and the known networks of each account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base


class LoginFailures(Base):
    """A counter of failed logins. `key` is a digest, because users sometimes type a password as the username."""

    __tablename__ = "login_failures"
    __table_args__ = (Index("ix_login_failures_expires_at", "expires_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime]


class LoginAddress(Base):
    """A network from which an account has logged in. Failures elsewhere do not lock the account out there."""

    __tablename__ = "login_addresses"
    __table_args__ = (Index("ix_login_addresses_expires_at", "expires_at"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    network: Mapped[str] = mapped_column(String(45), primary_key=True)
    expires_at: Mapped[datetime]
