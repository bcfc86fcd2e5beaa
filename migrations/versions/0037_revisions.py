"""Add revisions of posts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import online

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TITLE = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "revisions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer()),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("CURRENT_TIMESTAMP"),
            nullable=False,
        ),
        sa.Column("editor_id", BIG),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("changed", sa.Text(), nullable=False),
        sa.Column("slug", sa.String(100), nullable=False),
        sa.Column("title", TITLE, nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.String(10), server_default="draft", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True)),
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
            name=op.f("fk_revisions_post_id"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["editor_id"], ["users.id"], name=op.f("fk_revisions_editor_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        if_not_exists=True,
    )
    online.create_index("ix_revisions_editor_id", "revisions", ["editor_id"])
    online.create_index("ix_revisions_post_id_number", "revisions", ["post_id", "number"], unique=True)
    online.create_index("ix_revisions_post_id_version", "revisions", ["post_id", sa.text("version DESC")])


def downgrade() -> None:
    op.drop_table("revisions", if_exists=True)
