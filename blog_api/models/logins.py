"""The tables that guard logins: how many have failed lately, and where each account has logged in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base


class LoginFailures(Base):
    """How often a login failed since the first failure that counts. `key` is a digest: some type passwords as names."""

    __tablename__ = "login_failures"
    __table_args__ = (Index("ix_login_failures_expires_at", "expires_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime]


class LoginAddress(Base):
    """A network where the account has logged in, so that failures elsewhere do not lock it out there."""

    __tablename__ = "login_addresses"
    __table_args__ = (Index("ix_login_addresses_expires_at", "expires_at"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    network: Mapped[str] = mapped_column(String(45), primary_key=True)
    expires_at: Mapped[datetime]
