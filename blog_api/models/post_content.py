"""What the authors of a post write: its columns, and copies of it such as revisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, false, true
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.columns import JsonText

# Sorted by code point, on both databases.
TitleText = String(200).with_variant(String(200, collation="C"), "postgresql")


class PostContent:
    """Mixin for the writable columns of a post. Its tags, authors and aliases are rows of other tables."""

    slug: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(TitleText, default="")
    summary: Mapped[str] = mapped_column(Text, default="", server_default="")
    content: Mapped[str] = mapped_column(Text, default="", server_default="")
    status: Mapped[str] = mapped_column(String(10), default="draft", server_default="draft")
    published_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(String(4), default="post", server_default="post")
    featured: Mapped[bool] = mapped_column(default=False, server_default=false())
    # A language tag such as en or pt-BR (BCP 47).
    language: Mapped[str | None] = mapped_column(String(35))
    image: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    meta_title: Mapped[str | None] = mapped_column(String(200))
    meta_description: Mapped[str | None] = mapped_column(String(500))
    canonical_url: Mapped[str | None] = mapped_column(String(2000))
    noindex: Mapped[bool] = mapped_column(default=False, server_default=false())
    comments_open: Mapped[bool] = mapped_column(default=True, server_default=true())
    # After this time, no new comments are accepted.
    comments_close_at: Mapped[datetime | None]
    # The member `metadata`; declarative classes reserve that name.
    custom: Mapped[dict[str, Any]] = mapped_column("metadata", JsonText, default=dict, server_default="{}")


class Snapshot(PostContent):
    """Mixin for a copy of everything that authors write about a post: its columns, and what its related rows say."""

    # Without foreign keys: a copy outlives the accounts and tags that it names.
    author_id: Mapped[int]
    co_authors: Mapped[list[int]] = mapped_column(JsonText)
    tags: Mapped[list[str]] = mapped_column(JsonText)
    aliases: Mapped[list[str]] = mapped_column(JsonText)
