"""Index posts by their last change, so that listing the latest changes for editors needs no sort."""

from __future__ import annotations

import sqlalchemy as sa

from migrations import online

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEPT = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    online.create_index(
        "ix_posts_by_updated_at",
        "posts",
        [sa.text("updated_at DESC"), sa.text("id DESC")],
        postgresql_where=KEPT,
        sqlite_where=KEPT,
    )


def downgrade() -> None:
    online.drop_index("ix_posts_by_updated_at", "posts")
