"""Let searches on SQLite read how often a word occurs, to bound the work of ranking.

An fts5vocab table is a view of the index and stores nothing. PostgreSQL ranks each post by the positions in its vector.
"""

from __future__ import annotations

from migrations import online

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if not online.on_postgresql():
        online.execute("CREATE VIRTUAL TABLE posts_search_counts USING fts5vocab(posts_search, row)")


def downgrade() -> None:
    if not online.on_postgresql():
        online.execute("DROP TABLE posts_search_counts")
