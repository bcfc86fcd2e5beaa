"""The tables of the feed of changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base
from blog_api.database.columns import CreationTime, Id
from blog_api.database.public_content import public_content

_NUMBERED = text("position IS NOT NULL")
_UNNUMBERED = text("position IS NULL")


class Change(Base):
    """A change of a post, a tag, a user or a comment, inserted in the transaction that makes it.

    It has no position in the feed until the worker numbers it after the commit: ids are assigned before the commit, so
    they do not show the order in which changes become visible. There are no foreign keys, so that a deletion can be
    recorded.
    """

    __tablename__ = "changes"
    __table_args__ = (
        Index("ix_changes_position", "position", unique=True),
        Index("ix_changes_unnumbered", "id", postgresql_where=_UNNUMBERED, sqlite_where=_UNNUMBERED),
        Index("ix_changes_at", "at", "position", postgresql_where=_NUMBERED, sqlite_where=_NUMBERED),
        Index("ix_changes_entity", "type", "entity_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    type: Mapped[str] = mapped_column(String(20))
    entity_id: Mapped[int]
    # For a merged tag, the tag that remains.
    into_id: Mapped[int | None]
    # For a comment, its post.
    post_id: Mapped[int | None]
    # Whether everyone may see the change. Editors see all.
    public: Mapped[bool] = mapped_column(default=True)
    # When the row was inserted; once it is numbered, the time of that. Never decreases in the order of positions.
    at: Mapped[CreationTime]
    position: Mapped[int | None]


class ChangeFeed(Base):
    """The state of the feed: one row. It changes whenever numbered changes appear or old ones are deleted."""

    __tablename__ = "change_feed"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), {"info": public_content()})

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    # The last position assigned, and its time.
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    at: Mapped[datetime | None]
    # The last position deleted, and the time up to which changes are incomplete.
    deleted_position: Mapped[int] = mapped_column(default=0, server_default="0")
    deleted_at: Mapped[datetime | None]
