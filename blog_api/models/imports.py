"""The tables of imported files and comments, with the posts and comments created from them."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base
from blog_api.database.columns import CreationTime, CurrentTime


class ImportedFile(Base):
    """An imported file and its post. `digest` covers the bytes of the file and of its pictures, and the version of the
    importer; `uid` is the id in its front matter.

    `post_version` is the version of the post after the import; if the post has another one, it was edited since. The
    row outlives the post, so that a permanently deleted post is not imported again.
    """

    __tablename__ = "imported_files"
    __table_args__ = (Index("ix_imported_files_post_id", "post_id"),)

    source: Mapped[str] = mapped_column(Text, primary_key=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id", ondelete="SET NULL"))
    post_version: Mapped[int] = mapped_column(Integer, server_default="0")
    digest: Mapped[str] = mapped_column(String(64))
    uid: Mapped[str | None] = mapped_column(Text)
    imported_at: Mapped[CreationTime] = mapped_column(onupdate=CurrentTime())


class ImportedComment(Base):
    """A comment that was imported. The row outlives the comment, so that a deleted one is not imported again."""

    __tablename__ = "imported_comments"
    __table_args__ = (Index("ix_imported_comments_comment_id", "comment_id"),)

    source: Mapped[str] = mapped_column(Text, primary_key=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id", ondelete="SET NULL"))
