"""Store former tag names, so that imports do not bring back renamed tags."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import online

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.String(900).with_variant(sa.String(900, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "former_tag_names",
        sa.Column("name_key", KEY, nullable=False),
        sa.Column("tag_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name=op.f("fk_former_tag_names_tag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("name_key", name=op.f("pk_former_tag_names")),
        if_not_exists=True,
    )
    online.create_index("ix_former_tag_names_tag_id", "former_tag_names", ["tag_id"])


def downgrade() -> None:
    op.drop_table("former_tag_names", if_exists=True)
