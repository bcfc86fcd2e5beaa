"""The table of previews."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base
from blog_api.database.columns import CreationTime, Id


class Preview(Base):
    """A link that shows a post to anyone who has its token. Only the digest of the token is stored."""

    __tablename__ = "previews"
    __table_args__ = (
        Index("ix_previews_digest", "digest", unique=True),
        Index("ix_previews_post_id", "post_id"),
        Index("ix_previews_user_id", "user_id"),
        Index("ix_previews_expires_at", "expires_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE", onupdate="CASCADE"))
    # Who made it. It ends when they may no longer edit the post.
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    # The number of the revision to show. Null for the working copy or, without one, the post.
    revision: Mapped[int | None] = mapped_column(Integer)
    # SHA-256. A token has 256 random bits, so a slower hash is not needed.
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[CreationTime]
    expires_at: Mapped[datetime]
