"""Models of pictures: stored files, uploads, and their uses."""

from __future__ import annotations

from typing import TypedDict

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog_api.database.base import Base, Timestamps, Versioned
from blog_api.database.columns import CreationTime, Id, JsonText
from blog_api.models.users import User


class StoredVariant(TypedDict):
    """A stored size of a picture: its pixels, and the bytes of its WebP file."""

    width: int
    height: int
    bytes: int


class MediaFile(Base):
    """A picture stored in several sizes, the objects `{key}/{width}.webp`. Equal uploads share one file.

    No object exists without a row: the row is inserted as `pending` before its objects, and deleted after them.
    """

    __tablename__ = "media_files"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'ready', 'deleting')", name="state"),
        Index("ix_media_files_key", "key", unique=True),
        Index(
            "ix_media_files_ready",
            "sha256",
            unique=True,
            postgresql_where=text("state = 'ready'"),
            sqlite_where=text("state = 'ready'"),
        ),
        Index(
            "ix_media_files_unfinished",
            "created_at",
            postgresql_where=text("state <> 'ready'"),
            sqlite_where=text("state <> 'ready'"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    # 128 random bits, so that the address cannot be guessed. Never used again.
    key: Mapped[str] = mapped_column(String(32))
    # The digest of the uploaded file, which itself is not stored.
    sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(8))
    # In ascending order of width.
    variants: Mapped[list[StoredVariant]] = mapped_column(JsonText)
    created_at: Mapped[CreationTime]


class Media(Timestamps, Versioned, Base):
    """An upload: a file with the name and texts that one user gave it. Its file is always `ready`."""

    __tablename__ = "media"
    __table_args__ = (
        Index("ix_media_file_id", "file_id"),
        Index("ix_media_author_id", "author_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    file_id: Mapped[int] = mapped_column(ForeignKey("media_files.id"))
    # Null if the account was deleted.
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    filename: Mapped[str] = mapped_column(String(255))
    alt: Mapped[str] = mapped_column(String(500))
    caption: Mapped[str] = mapped_column(String(1000))

    file: Mapped[MediaFile] = relationship(lazy="raise")
    author: Mapped[User | None] = relationship(lazy="raise")


class MediaUse(Base):
    """A use of a file by a post, a working copy or an account. It keeps the file from being deleted."""

    __tablename__ = "media_uses"
    __table_args__ = (
        CheckConstraint(
            "CASE WHEN post_id IS NULL THEN 0 ELSE 1 END + CASE WHEN working_copy_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN user_id IS NULL THEN 0 ELSE 1 END = 1",
            name="one_user",
        ),
        *(
            Index(f"ix_media_uses_{column}", column)
            for column in ("post_id", "working_copy_id", "user_id", "file_id", "media_id")
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    post_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE", onupdate="CASCADE")
    )
    working_copy_id: Mapped[int | None] = mapped_column(ForeignKey("working_copies.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    file_id: Mapped[int] = mapped_column(ForeignKey("media_files.id"))
    # The upload, for an image with a `media_id`. Addresses in the content name only the file.
    media_id: Mapped[int | None] = mapped_column(ForeignKey("media.id"))
