"""Index all kept posts by their titles and by their times, for editors who sort the whole blog by these.

Those by title serve the published ones too, whose own index goes: each change of a post writes into all its indexes.
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


# As NEVER in blog_api/database/columns.py: where a post without a time stands.
TIME = sa.text("coalesce(published_at, '0001-01-01 00:00:00+00'::timestamptz) DESC")


def upgrade() -> None:
    online.create_index("ix_posts_by_title", "posts", TITLE, postgresql_where=KEPT, sqlite_where=KEPT)
    online.drop_index("ix_posts_live_by_title", "posts")
    # Of an expression, which SQLAlchemy cannot read from SQLite: nothing could compare such an index with a model.
    if online.on_postgresql():
        in_order = [TIME, sa.text("id DESC")]
        online.create_index("ix_posts_by_published_at", "posts", in_order, postgresql_where=KEPT)


def downgrade() -> None:
    if online.on_postgresql():
        online.drop_index("ix_posts_by_published_at", "posts")
    online.create_index("ix_posts_live_by_title", "posts", TITLE, postgresql_where=LIVE, sqlite_where=LIVE)
    online.drop_index("ix_posts_by_title", "posts")
