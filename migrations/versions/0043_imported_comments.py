"""Remember which comments were imported."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import online

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "imported_comments",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("comment_id", BIG),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["comments.id"],
            name=op.f("fk_imported_comments_comment_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_imported_comments")),
        if_not_exists=True,
    )
    online.create_index("ix_imported_comments_comment_id", "imported_comments", ["comment_id"])


def downgrade() -> None:
    op.drop_table("imported_comments")
