"""Give post_tags the time of publication, so that one index holds the posts of each tag in their order.

Without it a page of a tag on a third of all posts is found by reading all of them, or all posts until enough have it.
First the column, then the triggers that keep it for what is written from now on, then what is there already.
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
# The posts are held meanwhile, and read as they are then: the change of one that is on its way is waited for, and a
# later one waits and brings the time along by itself.
FILL_POSTGRESQL = """
    WITH held AS (
        SELECT id, CASE WHEN status = 'published' AND deleted_at IS NULL THEN published_at END AS due
        FROM posts WHERE id BETWEEN :low AND :high FOR SHARE
    )
    UPDATE post_tags SET published_at = held.due FROM held WHERE post_tags.post_id = held.id
"""

# The lock makes tagging wait for a change of the post that is on its way, and the other way round: neither may miss
# what the other did. The post is looked for by its id alone: with the condition beside it, the planner takes a partial
# index on a table that it has no statistics of yet, and an import into a new database reads all of it for each tag.
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
