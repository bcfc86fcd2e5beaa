"""Count failed logins, and store the addresses that each account has logged in from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "login_failures",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_failures")),
    )
    op.create_index("ix_login_failures_expires_at", "login_failures", ["expires_at"])
    op.create_table(
        "login_addresses",
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("network", sa.String(length=45), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_login_addresses_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "network", name=op.f("pk_login_addresses")),
    )
    op.create_index("ix_login_addresses_expires_at", "login_addresses", ["expires_at"])


def downgrade() -> None:
    op.drop_table("login_addresses")
    op.drop_table("login_failures")
