"""Add the message that notifies the old address when a new one is requested."""

from __future__ import annotations

from migrations import online

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

CHECK = "ck_outbox_kind"
BEFORE = "kind IN ('password_reset', 'email_change', 'email_changed')"
AFTER = "kind IN ('password_reset', 'email_change', 'email_change_asked', 'email_changed')"


def upgrade() -> None:
    online.drop_check(CHECK, "outbox", BEFORE)
    online.add_check(CHECK, "outbox", AFTER)


def downgrade() -> None:
    online.drop_check(CHECK, "outbox", AFTER)
    # The earlier code does not support these messages.
    online.execute("DELETE FROM outbox WHERE kind = 'email_change_asked'")
    online.add_check(CHECK, "outbox", BEFORE)
