"""The tables of likes and follows."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base
from blog_api.database.columns import CreationTime


class Like(Base):
    """A post that a user likes."""

    __tablename__ = "likes"

    post_id: Mapped[int] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE", onupdate="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[CreationTime]


# The foreign key uses it when an account is deleted.
Index("ix_likes_user_id", Like.user_id, Like.post_id)


class Follow(Base):
    """An author whose posts a user follows."""

    __tablename__ = "follows"

    follower_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[CreationTime]


# The foreign key uses it when an account is deleted.
Index("ix_follows_author_id", Follow.author_id)
