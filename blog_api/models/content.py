"""The version of the public content: one row that triggers raise in each transaction that changes the content."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base


class ContentVersion(Base):
    """The time of the last change in microseconds since 1970, or the previous version plus one if that is greater."""

    __tablename__ = "content_version"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    version: Mapped[int]
