"""The table of rendered posts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from blog_api.database.base import Base
from blog_api.database.columns import JsonText
from blog_api.database.public_content import public_content


class Rendering(Base):
    """The HTML of a post, and what it was rendered with.

    A table of its own, because rendering a post again changes neither its version nor its time.
    """

    __tablename__ = "renderings"
    __table_args__ = {"info": public_content()}

    post_id: Mapped[int] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE", onupdate="CASCADE"), primary_key=True
    )
    html: Mapped[str] = mapped_column(Text)
    toc: Mapped[list[dict[str, Any]]] = mapped_column(JsonText)
    # The version of the renderer (text/rendering).
    renderer: Mapped[int] = mapped_column(Integer)
    # The URL that relative links were resolved against, and that of this service if it is another; empty without.
    base_url: Mapped[str] = mapped_column(String(2000))
    # Whether the links count as recommendations: all authors were editors.
    trusted: Mapped[bool]


Index("ix_renderings_renderer", Rendering.renderer, Rendering.base_url)
