"""Add working copies of posts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import online

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TITLE = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)
NOW = sa.text("CURRENT_TIMESTAMP")


def upgrade() -> None:
    op.create_table(
        "working_copies",
        sa.Column("id", BIG, nullable=False),
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("editor_id", BIG),
        sa.Column("created_at", TIME, server_default=NOW, nullable=False),
        sa.Column("updated_at", TIME, server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("slug", sa.String(100), nullable=False),
        sa.Column("title", TITLE, nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.String(10), server_default="draft", nullable=False),
        sa.Column("published_at", TIME),
        sa.Column("kind", sa.String(4), server_default="post", nullable=False),
        sa.Column("featured", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("language", sa.String(35)),
        sa.Column("image", sa.Text()),
        sa.Column("meta_title", sa.String(200)),
        sa.Column("meta_description", sa.String(500)),
        sa.Column("canonical_url", sa.String(2000)),
        sa.Column("noindex", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("metadata", sa.Text(), server_default="{}", nullable=False),
        sa.Column("author_id", BIG, nullable=False),
        sa.Column("co_authors", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("aliases", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name=op.f("fk_working_copies_post_id"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["editor_id"], ["users.id"], name=op.f("fk_working_copies_editor_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_copies")),
        if_not_exists=True,
    )
    online.create_index("ix_working_copies_post_id", "working_copies", ["post_id"], unique=True)
    online.create_index("ix_working_copies_editor_id", "working_copies", ["editor_id"])


def downgrade() -> None:
    op.drop_table("working_copies", if_exists=True)
