"""The table of working copies."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog_api.database.base import Base, Timestamps, Versioned
from blog_api.database.columns import Id
from blog_api.models.post_content import Snapshot
from blog_api.models.users import User


class WorkingCopy(Snapshot, Timestamps, Versioned, Base):
    """What is to be published of a post next. All who may edit the post share it."""

    __tablename__ = "working_copies"

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE", onupdate="CASCADE"))
    # The version of the post that it began from.
    base_version: Mapped[int] = mapped_column(Integer)
    # Who saved it last. Null if the account was deleted.
    editor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    editor: Mapped[User | None] = relationship(lazy="raise")


# One for each post.
Index("ix_working_copies_post_id", WorkingCopy.post_id, unique=True)
# The foreign key uses it when an account is deleted.
Index("ix_working_copies_editor_id", WorkingCopy.editor_id)
