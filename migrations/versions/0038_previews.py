"""Add previews of posts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import online

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "previews",
        sa.Column("id", BIG, nullable=False),
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("revision", sa.Integer()),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", TIME, server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name=op.f("fk_previews_post_id"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_previews_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_previews")),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    online.create_index("ix_previews_digest", "previews", ["digest"], unique=True)
    for column in ("post_id", "user_id", "expires_at"):
        online.create_index(f"ix_previews_{column}", "previews", [column])


def downgrade() -> None:
    op.drop_table("previews", if_exists=True)
