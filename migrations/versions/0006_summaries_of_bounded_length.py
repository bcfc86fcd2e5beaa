"""Limit the length of summaries to that of the API, also for direct writes."""

from __future__ import annotations

from migrations import online

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NAME, CONDITION = "ck_posts_summary_length", "length(summary) <= 2000"


def upgrade() -> None:
    online.add_check(NAME, "posts", CONDITION)


def downgrade() -> None:
    online.drop_check(NAME, "posts", CONDITION)
