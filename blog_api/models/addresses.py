"""The tables of redirects, and of the slugs and usernames that belong to posts, tags and accounts, now or formerly.

Triggers maintain the slugs and usernames (migration 0025), so that every way of writing reserves what was public.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base
from blog_api.database.columns import Id
from blog_api.database.public_content import public_content
from blog_api.text.paths import MAX_PATH

# Sorted by code point, on both databases.
SitePath = String(MAX_PATH).with_variant(String(MAX_PATH, collation="C"), "postgresql")


class PostSlug(Base):
    """A slug of a post: the present one unless the post is in the trash, and those under which it was public."""

    __tablename__ = "post_slugs"
    __table_args__ = (Index("ix_post_slugs_post_id", "post_id"), {"info": public_content()})

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE", onupdate="CASCADE"))
    # The last publication time that was public with this slug. It is set when the post next changes.
    public_at: Mapped[datetime | None]


class TagSlug(Base):
    """A slug of a tag: the present one, and those under which it was on a public post."""

    __tablename__ = "tag_slugs"
    __table_args__ = (Index("ix_tag_slugs_tag_id", "tag_id"), {"info": public_content()})

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"))


class Username(Base):
    """A username of an account, present or former, by its key. It has no account once that was anonymised."""

    __tablename__ = "usernames"
    __table_args__ = (Index("ix_usernames_user_id", "user_id"), {"info": public_content()})

    id: Mapped[Id]
    username_key: Mapped[str] = mapped_column(String(100), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))


class Redirect(Base):
    """A redirect from a path of the site: an alias of a post, or a redirect that an editor added."""

    __tablename__ = "redirects"
    __table_args__ = (
        Index("ix_redirects_post_id", "post_id"),
        CheckConstraint("(post_id IS NULL) <> (target IS NULL)", name="one_target"),
        {"sqlite_autoincrement": True, "info": public_content()},
    )

    id: Mapped[Id]
    path: Mapped[str] = mapped_column(SitePath, unique=True)
    post_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE", onupdate="CASCADE")
    )
    target: Mapped[str | None] = mapped_column(String(2000))
