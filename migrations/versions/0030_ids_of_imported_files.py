"""Store the ids in the front matter of imported files, by which a renamed file is recognised."""

from __future__ import annotations

import sqlalchemy as sa

from migrations import online

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.add_column("imported_files", sa.Column("uid", sa.Text))


def downgrade() -> None:
    online.drop_column("imported_files", "uid")
