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
TRIGGER = "posts_drop_rendering"
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
    _create_trigger()
    public_content.create_triggers("renderings", scope="site")


def _create_trigger() -> None:
    """Drop the HTML of content that is replaced: the previous release and direct writes do not render."""
    delete = "DELETE FROM renderings WHERE post_id = NEW.id;"
    if not online.on_postgresql():
        online.execute(f"""
            CREATE TRIGGER {TRIGGER} AFTER UPDATE OF content ON posts WHEN OLD.content <> NEW.content
            BEGIN {delete} END
        """)
        return
    online.execute(f"""
        CREATE OR REPLACE FUNCTION {TRIGGER}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN {delete} RETURN NULL; END $$;
        CREATE OR REPLACE TRIGGER {TRIGGER} AFTER UPDATE OF content ON posts
        FOR EACH ROW WHEN (OLD.content <> NEW.content) EXECUTE FUNCTION {TRIGGER}()
    """)


def downgrade() -> None:
    online.execute(f"DROP TRIGGER IF EXISTS {TRIGGER}{' ON posts' if online.on_postgresql() else ''}")
    if online.on_postgresql():
        online.execute(f"DROP FUNCTION IF EXISTS {TRIGGER}()")
    op.drop_table("renderings", if_exists=True)
    for name in INDEXES:
        online.drop_index(name, "posts")
    online.drop_check(*KIND)
    for column in reversed(_columns()):
        online.drop_column("posts", column.name)
