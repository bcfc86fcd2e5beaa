"""The version of the whole content: one row, raised by triggers in every transaction that changes what readers see."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base


class ContentVersion(Base):
    """Microseconds since 1970 when the content last changed, or one more than before where the clock stood still."""

    __tablename__ = "content_version"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    version: Mapped[int]
