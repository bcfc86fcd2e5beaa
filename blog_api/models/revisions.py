"""The table of revisions."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base
from blog_api.database.columns import CreationTime, Id, JsonText
from blog_api.models.post_content import Snapshot


class Revision(Snapshot, Base):
    """A post as it was saved. Revisions of a post are numbered from 1."""

    __tablename__ = "revisions"

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE", onupdate="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    # The version of the post that the save produced. Null if it was saved to the working copy.
    version: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[CreationTime]
    # Who saved it. Null for commands, for deleted accounts, and for the state of a post before its first revision.
    editor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    # Whether the public saw it at once.
    live: Mapped[bool]
    # The names of the members that differ from the revision before.
    changed: Mapped[list[str]] = mapped_column(JsonText)


# The foreign key uses it when an account is deleted.
Index("ix_revisions_editor_id", Revision.editor_id)
Index("ix_revisions_post_id_number", Revision.post_id, Revision.number, unique=True)
Index("ix_revisions_post_id_version", Revision.post_id, Revision.version.desc())
