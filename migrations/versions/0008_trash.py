"""Index the trash by last change, to list it in order and to purge it without reading other posts."""

from __future__ import annotations

import sqlalchemy as sa

from migrations import online

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TRASHED = sa.text("deleted_at IS NOT NULL")


def upgrade() -> None:
    online.create_index(
        "ix_posts_trashed",
        "posts",
        [sa.text("updated_at DESC"), sa.text("id DESC")],
        postgresql_where=TRASHED,
        sqlite_where=TRASHED,
    )


def downgrade() -> None:
    online.drop_index("ix_posts_trashed", "posts")
