"""Copy the publication time into post_tags, so that one index lists the posts of each tag in order.

Without it, listing a tag that a third of all posts have would read all of these posts, or scan posts until enough have
the tag. Add the column, then the triggers that maintain it for new writes, then fill existing rows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import online

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FILL_SQLITE = """
    UPDATE post_tags SET published_at = (
        SELECT published_at FROM posts
        WHERE posts.id = post_tags.post_id AND status = 'published' AND deleted_at IS NULL
    )
"""
# Lock the posts: the fill waits for uncommitted changes, and later changes wait for the fill and then set the time by
# trigger.
FILL_POSTGRESQL = """
    WITH held AS (
        SELECT id, CASE WHEN status = 'published' AND deleted_at IS NULL THEN published_at END AS due
        FROM posts WHERE id BETWEEN :low AND :high FOR SHARE
    )
    UPDATE post_tags SET published_at = held.due FROM held WHERE post_tags.post_id = held.id
"""

# The row lock serializes tagging a post with changing it, so that neither misses the other. Look up the post by id
# alone: with the other conditions in WHERE, the planner would use a partial index on a table without statistics, and an
# import into a new database would read the whole index for each tag.
POSTGRESQL = (
    """
    CREATE OR REPLACE FUNCTION post_tags_take_published_at() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT CASE WHEN status = 'published' AND deleted_at IS NULL THEN published_at END
        INTO NEW.published_at FROM posts WHERE id = NEW.post_id FOR SHARE;
        RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER post_tags_take_published_at BEFORE INSERT ON post_tags
    FOR EACH ROW EXECUTE FUNCTION post_tags_take_published_at()
    """,
    """
    CREATE OR REPLACE FUNCTION posts_give_published_at() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE post_tags SET published_at =
            CASE WHEN NEW.status = 'published' AND NEW.deleted_at IS NULL THEN NEW.published_at END
        WHERE post_id = NEW.id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER posts_give_published_at AFTER UPDATE OF status, published_at, deleted_at ON posts
    FOR EACH ROW WHEN (
        (OLD.status, OLD.published_at, OLD.deleted_at) IS DISTINCT FROM
        (NEW.status, NEW.published_at, NEW.deleted_at)
    ) EXECUTE FUNCTION posts_give_published_at()
    """,
)
SQLITE = (
    """
    CREATE TRIGGER post_tags_take_published_at AFTER INSERT ON post_tags
    BEGIN
        UPDATE post_tags SET published_at = (
            SELECT published_at FROM posts
            WHERE id = NEW.post_id AND status = 'published' AND deleted_at IS NULL
        )
        WHERE post_id = NEW.post_id AND tag_id = NEW.tag_id;
    END
    """,
    """
    CREATE TRIGGER posts_give_published_at AFTER UPDATE OF status, published_at, deleted_at ON posts
    BEGIN
        UPDATE post_tags SET published_at =
            CASE WHEN NEW.status = 'published' AND NEW.deleted_at IS NULL THEN NEW.published_at END
        WHERE post_id = NEW.id;
    END
    """,
)


def upgrade() -> None:
    online.add_column("post_tags", sa.Column("published_at", sa.DateTime(timezone=True)))
    for statement in POSTGRESQL if online.on_postgresql() else SQLITE:
        online.execute(statement)
    if online.on_postgresql():
        online.fill("posts", FILL_POSTGRESQL)
    else:
        op.execute(FILL_SQLITE)
    given = sa.text("published_at IS NOT NULL")
    online.create_index(
        "ix_post_tags_live",
        "post_tags",
        ["tag_id", sa.text("published_at DESC"), sa.text("post_id DESC")],
        postgresql_where=given,
        sqlite_where=given,
    )


def downgrade() -> None:
    if online.on_postgresql():
        online.execute("DROP TRIGGER IF EXISTS posts_give_published_at ON posts")
        online.execute("DROP TRIGGER IF EXISTS post_tags_take_published_at ON post_tags")
        online.execute("DROP FUNCTION IF EXISTS posts_give_published_at")
        online.execute("DROP FUNCTION IF EXISTS post_tags_take_published_at")
    else:
        op.execute("DROP TRIGGER IF EXISTS posts_give_published_at")
        op.execute("DROP TRIGGER IF EXISTS post_tags_take_published_at")
    online.drop_index("ix_post_tags_live", "post_tags")
    online.drop_column("post_tags", "published_at")
