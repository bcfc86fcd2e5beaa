"""The tables of tags and their former names."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base, Timestamps, Versioned
from blog_api.database.columns import Id
from blog_api.database.public_content import public_content

# Folding can turn one character into eighteen.
NameKey = String(900).with_variant(String(900, collation="C"), "postgresql")


class Tag(Timestamps, Versioned, Base):
    """A tag. Names that differ only in case or spacing have the same key and identify the same tag."""

    __tablename__ = "tags"
    __table_args__ = (
        CheckConstraint("length(trim(name)) > 0", name="name_not_blank"),
        {"sqlite_autoincrement": True, "info": public_content()},
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(50))
    name_key: Mapped[str] = mapped_column(NameKey, unique=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    description: Mapped[str] = mapped_column(String(500), default="", server_default="")


class FormerTagName(Base):
    """A former name of a tag, from a rename or from another tag that was merged into it."""

    __tablename__ = "former_tag_names"
    __table_args__ = (Index("ix_former_tag_names_tag_id", "tag_id"),)

    name_key: Mapped[str] = mapped_column(NameKey, primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"))
