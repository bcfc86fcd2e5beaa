"""The table of accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, String, Text, false, true
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base, Timestamps, Versioned
from blog_api.database.columns import Id, JsonText
from blog_api.database.public_content import public_content


class User(Timestamps, Versioned, Base):
    """An account. `imported` accounts were created by imports, at first without an address and a password."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('reader', 'contributor', 'author', 'editor', 'admin')", name="role"),
        CheckConstraint("length(trim(username)) > 0", name="username_not_blank"),
        CheckConstraint(
            "erased_at IS NULL OR (email IS NULL AND password_hash IS NULL AND NOT is_active)", name="erased"
        ),
        # The version is in the ETag of an account, so it counts even when only private columns change.
        {
            "sqlite_autoincrement": True,
            "info": public_content(
                "username", "display_name", "bio", "website", "image", "role", "is_active", "version"
            ),
        },
    )

    id: Mapped[Id]
    username: Mapped[str] = mapped_column(String(50))
    # Folded in Python, because SQLite's lower() handles only ASCII, and uniqueness must be the same on both databases.
    username_key: Mapped[str] = mapped_column(String(100), unique=True)
    email: Mapped[str | None] = mapped_column(String(254))
    email_key: Mapped[str | None] = mapped_column(String(508), unique=True)
    # The new address, until it is confirmed.
    pending_email: Mapped[str | None] = mapped_column(String(254))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    display_name: Mapped[str] = mapped_column(String(100))
    bio: Mapped[str] = mapped_column(Text, default="", server_default="")
    website: Mapped[str | None] = mapped_column(String(1000))
    image: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    role: Mapped[str] = mapped_column(String(20))
    is_active: Mapped[bool] = mapped_column(default=True)
    # An erased account cannot come back: nobody can log in to it or change it.
    erased_at: Mapped[datetime | None]
    # Whether to mail the user about comments on their posts and replies to their comments.
    comment_mail: Mapped[bool] = mapped_column(default=True, server_default=true())
    imported: Mapped[bool] = mapped_column(default=False, server_default=false())
