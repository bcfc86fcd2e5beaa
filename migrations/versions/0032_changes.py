"""Add the feed of changes.

Mark the posts that are public already as announced, so that the feed does not announce them when it begins.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import online, public_content

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
NOW = sa.text("CURRENT_TIMESTAMP")
NUMBERED, UNNUMBERED = sa.text("position IS NOT NULL"), sa.text("position IS NULL")
UNANNOUNCED = sa.text("status = 'published' AND deleted_at IS NULL AND announced_at IS NULL")
# Without changing updated_at or the version.
ANNOUNCE = """
    UPDATE posts SET announced_at = published_at
    WHERE id BETWEEN :low AND :high AND status = 'published' AND deleted_at IS NULL AND announced_at IS NULL
    AND published_at <= CURRENT_TIMESTAMP
"""
# What changed before this time is not in the feed.
BEGIN = """
    INSERT INTO change_feed (id, deleted_at) SELECT 1, CURRENT_TIMESTAMP WHERE EXISTS (SELECT 1 FROM posts)
    ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("entity_id", BIG, nullable=False),
        sa.Column("into_id", BIG, nullable=True),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("at", TIME, server_default=NOW, nullable=False),
        sa.Column("position", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    online.create_index("ix_changes_position", "changes", ["position"], unique=True)
    online.create_index(
        "ix_changes_unnumbered", "changes", ["id"], postgresql_where=UNNUMBERED, sqlite_where=UNNUMBERED
    )
    online.create_index(
        "ix_changes_at", "changes", ["at", "position"], postgresql_where=NUMBERED, sqlite_where=NUMBERED
    )
    online.create_index("ix_changes_entity", "changes", ["type", "entity_id"])
    op.create_table(
        "change_feed",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", BIG, server_default="0", nullable=False),
        sa.Column("at", TIME, nullable=True),
        sa.Column("deleted_position", BIG, server_default="0", nullable=False),
        sa.Column("deleted_at", TIME, nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_change_feed_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_feed")),
        if_not_exists=True,
    )
    online.add_column("posts", sa.Column("announced_at", TIME, nullable=True))
    online.fill("posts", ANNOUNCE)
    online.create_index(
        "ix_posts_unannounced",
        "posts",
        ["published_at"],
        postgresql_where=UNANNOUNCED,
        sqlite_where=UNANNOUNCED,
    )
    op.execute(BEGIN)
    if online.on_postgresql():
        # Pending deferred triggers would block the next statements on these tables.
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    public_content.create_triggers("change_feed", scope="site")


def downgrade() -> None:
    online.drop_index("ix_posts_unannounced", "posts")
    online.drop_column("posts", "announced_at")
    op.drop_table("change_feed", if_exists=True)
    op.drop_table("changes", if_exists=True)
