"""The table of comments."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog_api.database.base import Base, Timestamps, Versioned
from blog_api.database.columns import Id
from blog_api.database.public_content import public_content
from blog_api.models.posts import Post
from blog_api.models.users import User

_HELD = text("status IN ('pending', 'spam')")
_WITH_GUEST_DATA = text("guest_email IS NOT NULL OR ip IS NOT NULL")


class Comment(Timestamps, Versioned, Base):
    """A comment on a post, or a reply to another comment.

    Everyone sees it if it is `shown`: approved, or a placeholder because a reply below it is shown.
    """

    __tablename__ = "comments"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'approved', 'spam', 'deleted')", name="status"),
        CheckConstraint("depth BETWEEN 0 AND 5", name="depth"),
        Index(
            "ix_comments_thread",
            "post_id",
            "created_at",
            "id",
            postgresql_where=text("shown"),
            sqlite_where=text("shown = 1"),
        ),
        # Two indexes for foreign keys, when a post is purged and when a comment is deleted.
        Index("ix_comments_post_id", "post_id"),
        Index("ix_comments_parent_id", "parent_id"),
        # Lists for moderators are in the order of ids. With an index on the time of all comments, PostgreSQL would read
        # it to page through a long thread, and skip the comments on other posts.
        Index("ix_comments_user_id", "user_id", "id"),
        Index("ix_comments_held", "status", "id", postgresql_where=_HELD, sqlite_where=_HELD),
        Index(
            "ix_comments_guest_data",
            "created_at",
            postgresql_where=_WITH_GUEST_DATA,
            sqlite_where=_WITH_GUEST_DATA,
        ),
        {"sqlite_autoincrement": True, "info": public_content(scope="activity")},
    )

    id: Mapped[Id]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE", onupdate="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    # 0 for a comment on the post itself.
    depth: Mapped[int] = mapped_column(SmallInteger)
    # Null for a guest, and once the account is deleted.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    guest_name: Mapped[str | None] = mapped_column(String(100))
    # Erased after 90 days, never shown.
    guest_email: Mapped[str | None] = mapped_column(String(254))
    ip: Mapped[str | None] = mapped_column(String(45))
    content: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    # The version of the renderer that made the HTML (text/rendering).
    renderer: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(8))
    shown: Mapped[bool]

    post: Mapped[Post] = relationship(lazy="raise")
    user: Mapped[User | None] = relationship(lazy="raise")
