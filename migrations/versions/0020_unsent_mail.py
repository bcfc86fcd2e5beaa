"""Index unsent mail for the metrics: each scrape reads its count and its age."""

from __future__ import annotations

import sqlalchemy as sa

from migrations import online

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

UNSENT = sa.text("state IN ('waiting', 'failed')")


def upgrade() -> None:
    columns: list[str | sa.TextClause] = ["state", "created_at", "expires_at"]
    online.create_index("ix_outbox_unsent", "outbox", columns, postgresql_where=UNSENT, sqlite_where=UNSENT)


def downgrade() -> None:
    online.drop_index("ix_outbox_unsent", "outbox")
