"""Create the table of redirects: aliases of posts, and those that editors add."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import online, public_content

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

PATH = sa.String(1000).with_variant(sa.String(1000, collation="C"), "postgresql")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "redirects",
        sa.Column("id", BIG, nullable=False),
        sa.Column("path", PATH, nullable=False),
        sa.Column("post_id", BIG),
        sa.Column("target", sa.String(2000)),
        sa.CheckConstraint("(post_id IS NULL) <> (target IS NULL)", name=op.f("ck_redirects_one_target")),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name=op.f("fk_redirects_post_id"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redirects")),
        sa.UniqueConstraint("path", name=op.f("uq_redirects_path")),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    online.create_index("ix_redirects_post_id", "redirects", ["post_id"])
    public_content.create_triggers("redirects", scope="site")


def downgrade() -> None:
    op.drop_table("redirects", if_exists=True)
