"""Add mail: the outbox, confirmation tokens, and the pending address of an account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import online

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
NOW = sa.text("CURRENT_TIMESTAMP")
KINDS = "kind IN ('password_reset', 'email_change', 'email_changed')"
STATES = "state IN ('waiting', 'sent', 'dropped', 'failed')"


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("user_id", BIG, nullable=True),
        sa.Column("state", sa.String(length=10), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("due_at", TIME, server_default=NOW, nullable=False),
        sa.Column("error", sa.String(length=200), server_default="", nullable=False),
        sa.Column("address", sa.String(length=45), server_default="", nullable=False),
        sa.Column("request_id", sa.String(length=64), server_default="", nullable=False),
        sa.Column("created_at", TIME, server_default=NOW, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_outbox_kind")),
        sa.CheckConstraint(STATES, name=op.f("ck_outbox_state")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_outbox_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    waiting = sa.text("state = 'waiting'")
    online.create_index(
        "ix_outbox_due_at", "outbox", ["due_at"], postgresql_where=waiting, sqlite_where=waiting
    )
    online.create_index("ix_outbox_user_id", "outbox", ["user_id"])
    online.create_index("ix_outbox_expires_at", "outbox", ["expires_at"])
    op.create_table(
        "confirmations",
        sa.Column("id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", TIME, server_default=NOW, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.CheckConstraint(
            "purpose IN ('password_reset', 'email_change')", name=op.f("ck_confirmations_purpose")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_confirmations_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmations")),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    online.create_index("ix_confirmations_digest", "confirmations", ["digest"], unique=True)
    online.create_index("ix_confirmations_user_id", "confirmations", ["user_id"])
    online.create_index("ix_confirmations_expires_at", "confirmations", ["expires_at"])
    online.add_column("users", sa.Column("pending_email", sa.String(length=254), nullable=True))


def downgrade() -> None:
    online.drop_column("users", "pending_email")
    op.drop_table("confirmations", if_exists=True)
    op.drop_table("outbox", if_exists=True)
