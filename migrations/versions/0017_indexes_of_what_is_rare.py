"""Index rare rows: drafts, expired rows and the audit events of one account.

Without these indexes, listing drafts, cleaning up, and reading the audit log of an inactive account scan whole tables.
"""

from __future__ import annotations

import sqlalchemy as sa

from migrations import online

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

UNPUBLISHED = sa.text("status <> 'published' AND deleted_at IS NULL")
IN_ORDER: tuple[tuple[str, str, list[str | sa.TextClause]], ...] = (
    ("ix_sessions_expires_at", "sessions", ["expires_at"]),
    ("ix_api_tokens_expires_at", "api_tokens", ["expires_at"]),
    ("ix_audit_events_user_id", "audit_events", ["user_id", "created_at", "id"]),
    ("ix_audit_events_actor_id", "audit_events", ["actor_id", "created_at", "id"]),
)


def upgrade() -> None:
    online.create_index(
        "ix_posts_unpublished",
        "posts",
        [sa.text("created_at DESC"), sa.text("id DESC")],
        postgresql_where=UNPUBLISHED,
        sqlite_where=UNPUBLISHED,
    )
    for name, table, columns in IN_ORDER:
        online.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _ in reversed(IN_ORDER):
        online.drop_index(name, table)
    online.drop_index("ix_posts_unpublished", "posts")
