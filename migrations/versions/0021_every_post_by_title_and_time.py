"""Index all posts outside the trash by title and by publication time, for editors who sort the whole blog.

The index by title also serves published posts, so drop theirs: each change of a post writes to all its indexes.
"""

from __future__ import annotations

import sqlalchemy as sa

from migrations import online

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEPT = sa.text("deleted_at IS NULL")
LIVE = sa.text("status = 'published' AND deleted_at IS NULL")
TITLE: list[str | sa.TextClause] = ["title", "id"]


# As EarliestTime in blog_api/database/columns.py: the sort key of posts without a publication time.
TIME = sa.text("coalesce(published_at, '0001-01-01 00:00:00+00'::timestamptz) DESC")


def upgrade() -> None:
    online.create_index("ix_posts_by_title", "posts", TITLE, postgresql_where=KEPT, sqlite_where=KEPT)
    online.drop_index("ix_posts_live_by_title", "posts")
    # SQLAlchemy cannot reflect expression indexes of SQLite, so there they could not be compared with the models.
    if online.on_postgresql():
        in_order = [TIME, sa.text("id DESC")]
        online.create_index("ix_posts_by_published_at", "posts", in_order, postgresql_where=KEPT)


def downgrade() -> None:
    if online.on_postgresql():
        online.drop_index("ix_posts_by_published_at", "posts")
    online.create_index("ix_posts_live_by_title", "posts", TITLE, postgresql_where=LIVE, sqlite_where=LIVE)
    online.drop_index("ix_posts_by_title", "posts")
