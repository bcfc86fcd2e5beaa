"""Mark erased accounts, which cannot come back, and store the role behind the response to an Idempotency-Key."""

from __future__ import annotations

import sqlalchemy as sa

from migrations import online

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ERASED = "ck_users_erased"
CONDITION = "erased_at IS NULL OR (email IS NULL AND password_hash IS NULL AND NOT is_active)"
# Only an erasure writes such a name together with the other values.
FILL_USERS = """
    UPDATE users SET erased_at = updated_at
    WHERE id BETWEEN :low AND :high AND username LIKE 'deleted-________________' AND display_name = 'Deleted user'
        AND email IS NULL AND password_hash IS NULL AND NOT is_active AND erased_at IS NULL
"""
FILL_KEYS = """
    UPDATE idempotency_keys SET role = (SELECT role FROM users WHERE users.id = user_id) WHERE role IS NULL
"""


def upgrade() -> None:
    online.add_column("users", sa.Column("erased_at", sa.DateTime(timezone=True)))
    online.fill("users", FILL_USERS)
    online.add_check(ERASED, "users", CONDITION)
    online.add_column("idempotency_keys", sa.Column("role", sa.String(20)))
    online.execute(FILL_KEYS)


def downgrade() -> None:
    online.drop_column("idempotency_keys", "role")
    online.drop_check(ERASED, "users", CONDITION)
    online.drop_column("users", "erased_at")
