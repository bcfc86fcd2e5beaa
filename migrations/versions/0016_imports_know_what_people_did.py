"""Keep imported files of permanently deleted posts, and store the post version that the import wrote."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import online

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLE, COLUMN, KEY = "imported_files", "post_id", "fk_imported_files_post_id"
# Posts that changed after their import were edited by people. They get 0, which is never the version of a post.
FILL = """
    UPDATE imported_files SET post_version = coalesce((
        SELECT posts.version FROM posts
        WHERE posts.id = imported_files.post_id AND posts.updated_at <= imported_files.imported_at), 0)
"""


def upgrade() -> None:
    column = sa.Column("post_version", sa.Integer, server_default="0", nullable=False)
    online.add_column(TABLE, column)
    online.execute(FILL)
    _refer("SET NULL", nullable=True)


def downgrade() -> None:
    # The earlier code does not support files without a post.
    online.execute("DELETE FROM imported_files WHERE post_id IS NULL")
    _refer("CASCADE", nullable=False)
    online.drop_column(TABLE, "post_version")


def _refer(on_delete: str, *, nullable: bool) -> None:
    """Set what happens to a row when its post is deleted."""
    if not online.on_postgresql():
        # Batch mode is safe here: the table has no triggers or descending indexes to lose.
        with op.batch_alter_table(TABLE, recreate="always") as table:
            table.drop_constraint(KEY, type_="foreignkey")
            table.alter_column(COLUMN, nullable=nullable, existing_type=sa.BigInteger())
            table.create_foreign_key(KEY, "posts", [COLUMN], ["id"], ondelete=on_delete)
        return
    online.execute(f"ALTER TABLE {TABLE} ALTER COLUMN {COLUMN} {'DROP' if nullable else 'SET'} NOT NULL")
    added = f"FOREIGN KEY ({COLUMN}) REFERENCES posts (id) ON DELETE {on_delete} NOT VALID"
    online.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS {KEY}, ADD CONSTRAINT {KEY} {added}")
    online.execute(f"ALTER TABLE {TABLE} VALIDATE CONSTRAINT {KEY}")
