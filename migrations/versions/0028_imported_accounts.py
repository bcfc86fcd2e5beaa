"""Mark the accounts that imports created. Only they get posts by the names in files."""

from __future__ import annotations

import sqlalchemy as sa

from migrations import online

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLE, COLUMN = "users", "imported"
# Imports create accounts without an address and a password. Those that have got one since cannot be told from others.
FILL = """
    UPDATE users SET imported = true
    WHERE id BETWEEN :low AND :high AND email IS NULL AND password_hash IS NULL AND erased_at IS NULL
"""


def upgrade() -> None:
    online.add_column(TABLE, sa.Column(COLUMN, sa.Boolean, server_default=sa.false(), nullable=False))
    online.fill(TABLE, FILL)


def downgrade() -> None:
    online.drop_column(TABLE, COLUMN)
