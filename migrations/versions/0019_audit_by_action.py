"""Index the audit log by action, to find rare events without reading the others."""

from __future__ import annotations

from migrations import online

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index("ix_audit_events_action", "audit_events", ["action", "created_at", "id"])


def downgrade() -> None:
    online.drop_index("ix_audit_events_action", "audit_events")
