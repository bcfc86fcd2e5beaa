"""Tell the old address as soon as another one is asked for: one more kind of message."""

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
    # The code of then does not know them.
    online.execute("DELETE FROM outbox WHERE kind = 'email_change_asked'")
    online.add_check(CHECK, "outbox", BEFORE)
