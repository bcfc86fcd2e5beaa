"""The table of tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog_api.columns import Id
from blog_api.database import Base, Timestamps, Versioned

if TYPE_CHECKING:
    from blog_api.models.posts import Post


class Tag(Timestamps, Versioned, Base):
    """A tag. Names that differ only in case or spacing have the same key and are one tag."""

    __tablename__ = "tags"
    __table_args__ = (
        CheckConstraint("length(trim(name)) > 0", name="name_not_blank"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(50))
    # Folding makes up to eighteen characters of one.
    name_key: Mapped[str] = mapped_column(
        String(900).with_variant(String(900, collation="C"), "postgresql"), unique=True
    )
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    description: Mapped[str] = mapped_column(String(500), default="", server_default="")

    posts: Mapped[list[Post]] = relationship(
        secondary="post_tags", back_populates="tags", lazy="raise", passive_deletes=True
    )
