"""The tables of posts, their tags and their authors."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    TextClause,
    false,
    func,
    text,
)
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.ext.orderinglist import ordering_list
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from blog_api.database.base import Base, Timestamps, Versioned
from blog_api.database.columns import BigInt, EarliestTime, Id, UtcDateTime
from blog_api.database.public_content import public_content
from blog_api.models.post_content import PostContent
from blog_api.models.tags import Tag

if TYPE_CHECKING:
    from blog_api.models.activity import PostActivity
    from blog_api.models.addresses import Redirect
    from blog_api.models.users import User

post_tags = Table(
    "post_tags",
    Base.metadata,
    Column("post_id", BigInt, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", BigInt, ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True),
    # Copied from the post by triggers while it is published and not trashed, otherwise null (migration 0002).
    Column("published_at", UtcDateTime),
    Index("ix_post_tags_tag_id", "tag_id", "post_id"),
    info=public_content(),
)
Index(
    "ix_post_tags_live",
    post_tags.c.tag_id,
    post_tags.c.published_at.desc(),
    post_tags.c.post_id.desc(),
    postgresql_where=post_tags.c.published_at.is_not(None),
    sqlite_where=post_tags.c.published_at.is_not(None),
)


class PostAuthor(Base):
    """The association of a post with one of its authors: the owner at position 0, then the co-authors."""

    __tablename__ = "post_authors"
    __table_args__ = (
        CheckConstraint("position >= 0", name="position"),
        {"info": public_content("user_id", "position")},
    )

    post_id: Mapped[int] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE", onupdate="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    # Copied from the post by triggers; published_at only while it is published and not trashed.
    created_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]

    post: Mapped[Post] = relationship(back_populates="author_links", lazy="raise")
    user: Mapped[User] = relationship(lazy="raise")


# One index for each sort order of an author's list.
Index(
    "ix_post_authors_live",
    PostAuthor.user_id,
    PostAuthor.published_at.desc(),
    PostAuthor.post_id.desc(),
    postgresql_where=PostAuthor.published_at.is_not(None),
    sqlite_where=PostAuthor.published_at.is_not(None),
)
Index(
    "ix_post_authors_by_created_at",
    PostAuthor.user_id,
    PostAuthor.created_at.desc(),
    PostAuthor.post_id.desc(),
)


class Post(PostContent, Timestamps, Versioned, Base):
    """A post. A scheduled post is stored as published, with a time in the future."""

    __tablename__ = "posts"
    __table_args__ = (
        CheckConstraint("status <> 'published' OR length(trim(title)) > 0", name="published_title"),
        CheckConstraint("length(summary) <= 2000", name="summary_length"),
        CheckConstraint("status IN ('draft', 'pending', 'published', 'archived')", name="status"),
        CheckConstraint("status <> 'published' OR published_at IS NOT NULL", name="published_at_given"),
        CheckConstraint("kind IN ('post', 'page')", name="kind"),
        {"sqlite_autoincrement": True, "info": public_content()},
    )

    id: Mapped[Id]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    deleted_at: Mapped[datetime | None]
    # A copy of the tag names for the search, maintained by triggers (migration 0007).
    tag_names: Mapped[str] = mapped_column(Text, default="", server_default="")
    # Whether the slug was made from the title and follows it until the post is public.
    slug_is_automatic: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Counted when the content is rendered (crud/posts/rendering.py). Null before.
    word_count: Mapped[int | None] = mapped_column(Integer)
    reading_minutes: Mapped[int | None] = mapped_column(Integer)
    # The published_at that the feed of changes has announced. Null before, and after the post has left public view.
    announced_at: Mapped[datetime | None]

    # Loaded with the options of crud/posts/members.py, otherwise None.
    has_revisions: Mapped[bool | None] = query_expression()
    # Resolved from the identity map when `author_links` is loaded; never emits SQL.
    author: Mapped[User] = relationship(lazy="raise_on_sql")
    author_links: Mapped[list[PostAuthor]] = relationship(
        back_populates="post",
        lazy="raise",
        order_by=PostAuthor.position,
        collection_class=ordering_list("position"),
        cascade="all, delete-orphan",
        passive_deletes=True,
    )
    authors: AssociationProxy[list[User]] = association_proxy(
        "author_links", "user", creator=lambda user: PostAuthor(user=user)
    )
    tags: Mapped[list[Tag]] = relationship(
        secondary=post_tags, lazy="raise", order_by=Tag.name_key, passive_deletes=True
    )
    redirects: Mapped[list[Redirect]] = relationship(
        lazy="raise", order_by="Redirect.path", cascade="all, delete-orphan", passive_deletes=True
    )
    activity: Mapped[PostActivity | None] = relationship(lazy="raise", viewonly=True)
    # Paths of the post on a former site.
    aliases: AssociationProxy[list[str]] = association_proxy("redirects", "path")

    @property
    def author_ids(self) -> list[int]:
        """The ids of the authors, the owner first."""
        return [link.user_id for link in self.author_links]


# Sorts posts by time, those without one before all others. PostgreSQL has an index on it (migration 0021).
PUBLISHED_OR_NEVER = func.coalesce(Post.published_at, EarliestTime())

_LIVE = text("status = 'published' AND deleted_at IS NULL")
_NOT_TRASHED = text("deleted_at IS NULL")
_UNPUBLISHED = text("status <> 'published' AND deleted_at IS NULL")
_TRASHED = text("deleted_at IS NOT NULL")
_UNANNOUNCED = text("status = 'published' AND deleted_at IS NULL AND announced_at IS NULL")


_PAGES = text("kind = 'page' AND deleted_at IS NULL")
_IN_A_LANGUAGE = text("language IS NOT NULL AND deleted_at IS NULL")


def _index(name: str, *columns: object, where: TextClause = _LIVE, unique: bool = False) -> None:
    Index(name, *columns, unique=unique, postgresql_where=where, sqlite_where=where)  # type: ignore[arg-type]


# One index for each sort order of a list. The conditions must match those in policies/posts.py exactly.
_index("uq_posts_slug", Post.slug, where=_NOT_TRASHED, unique=True)
_index("ix_posts_live", Post.published_at.desc(), Post.id.desc())
_index("ix_posts_live_by_updated_at", Post.updated_at.desc(), Post.id.desc())
_index("ix_posts_by_title", Post.title, Post.id, where=_NOT_TRASHED)
_index("ix_posts_by_updated_at", Post.updated_at.desc(), Post.id.desc(), where=_NOT_TRASHED)
_index("ix_posts_by_created_at", Post.created_at.desc(), Post.id.desc(), where=_NOT_TRASHED)
_index("ix_posts_unpublished", Post.created_at.desc(), Post.id.desc(), where=_UNPUBLISHED)
_index("ix_posts_trashed", Post.updated_at.desc(), Post.id.desc(), where=_TRASHED)
_index("ix_posts_unannounced", Post.published_at, where=_UNANNOUNCED)
_index("ix_posts_pages", Post.published_at.desc(), Post.id.desc(), where=_PAGES)
Index(
    "ix_posts_featured",
    Post.featured,
    Post.published_at.desc(),
    Post.id.desc(),
    postgresql_where=text("featured AND deleted_at IS NULL"),
    sqlite_where=text("featured = 1 AND deleted_at IS NULL"),
)
_index("ix_posts_by_language", Post.language, Post.published_at.desc(), Post.id.desc(), where=_IN_A_LANGUAGE)
# Not partial: the foreign key uses it when a user is deleted, and trashed posts count too.
Index("ix_posts_by_author", Post.author_id, Post.created_at.desc(), Post.id.desc())
