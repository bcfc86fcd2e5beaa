"""Let posts that are not published have no title."""

from __future__ import annotations

from migrations import online

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

BEFORE = ("ck_posts_title_not_blank", "posts", "length(trim(title)) > 0")
AFTER = ("ck_posts_published_title", "posts", "status <> 'published' OR length(trim(title)) > 0")


def upgrade() -> None:
    online.add_check(*AFTER)
    online.drop_check(*BEFORE)


def downgrade() -> None:
    statement = "UPDATE posts SET title = 'Untitled' WHERE length(trim(title)) = 0"
    # PostgreSQL cannot alter a table while deferred triggers are pending on it.
    online.execute(f"{statement}; SET CONSTRAINTS ALL IMMEDIATE" if online.on_postgresql() else statement)
    online.add_check(*BEFORE)
    online.drop_check(*AFTER)
