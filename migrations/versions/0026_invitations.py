"""Add the message that invites a new user to set a password."""

from __future__ import annotations

from migrations import online

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

CHECK = "ck_outbox_kind"
BEFORE = "kind IN ('password_reset', 'email_change', 'email_change_asked', 'email_changed')"
AFTER = "kind IN ('password_reset', 'email_change', 'email_change_asked', 'email_changed', 'invitation')"


def upgrade() -> None:
    online.drop_check(CHECK, "outbox", BEFORE)
    online.add_check(CHECK, "outbox", AFTER)


def downgrade() -> None:
    online.drop_check(CHECK, "outbox", AFTER)
    # The earlier code does not support these messages.
    online.execute("DELETE FROM outbox WHERE kind = 'invitation'")
    online.add_check(CHECK, "outbox", BEFORE)
