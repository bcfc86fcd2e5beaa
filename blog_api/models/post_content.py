"""The columns of a post that its authors write. Revisions and working copies have them, too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, false
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
    # The member `metadata`; declarative classes reserve that name.
    custom: Mapped[dict[str, Any]] = mapped_column("metadata", JsonText, default=dict, server_default="{}")
