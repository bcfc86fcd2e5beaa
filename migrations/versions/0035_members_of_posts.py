"""Add members to posts: kind, featured, language, image, metadata for search engines and clients, and rendered HTML."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations import online, public_content

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KIND = ("ck_posts_kind", "posts", "kind IN ('post', 'page')")
BY_TIME = [sa.text("published_at DESC"), sa.text("id DESC")]
INDEXES = {
    "ix_posts_pages": (BY_TIME, "kind = 'page' AND deleted_at IS NULL"),
    "ix_posts_featured": ([sa.text("featured"), *BY_TIME], "{featured} AND deleted_at IS NULL"),
    "ix_posts_by_language": (
        [sa.text("language"), *BY_TIME],
        "language IS NOT NULL AND deleted_at IS NULL",
    ),
}


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("kind", sa.String(4), nullable=False, server_default="post"),
        sa.Column("featured", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("language", sa.String(35)),
        sa.Column("image", sa.Text()),
        sa.Column("meta_title", sa.String(200)),
        sa.Column("meta_description", sa.String(500)),
        sa.Column("canonical_url", sa.String(2000)),
        sa.Column("noindex", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("metadata", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("word_count", sa.Integer()),
        sa.Column("reading_minutes", sa.Integer()),
    ]


def upgrade() -> None:
    for column in _columns():
        online.add_column("posts", column)
    online.add_check(*KIND)
    for name, (columns, condition) in INDEXES.items():
        where = sa.text(condition.format(featured="featured" if online.on_postgresql() else "featured = 1"))
        online.create_index(name, "posts", columns, postgresql_where=where, sqlite_where=where)
    op.create_table(
        "renderings",
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("toc", sa.Text(), nullable=False),
        sa.Column("renderer", sa.Integer(), nullable=False),
        sa.Column("base_url", sa.String(2000), nullable=False),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name=op.f("fk_renderings_post_id"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_renderings")),
        if_not_exists=True,
    )
    online.create_index("ix_renderings_renderer", "renderings", ["renderer", "base_url"])
    public_content.create_triggers("renderings", scope="site")


def downgrade() -> None:
    op.drop_table("renderings", if_exists=True)
    for name in INDEXES:
        online.drop_index(name, "posts")
    online.drop_check(*KIND)
    for column in reversed(_columns()):
        online.drop_column("posts", column.name)
