"""Give post_tags the time of publication, so that one index holds the posts of each tag in their order.

Without it a page of a tag on a third of all posts is found by reading all of them, or all posts until enough have it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FILL = """
    UPDATE post_tags SET published_at = (
        SELECT published_at FROM posts
        WHERE posts.id = post_tags.post_id AND status = 'published' AND deleted_at IS NULL
    )
"""

# The lock makes tagging wait for a change of the post that is on its way, and the other way round: neither may miss
# what the other did. The post is looked for by its id alone: with the condition beside it, the planner takes a partial
# index on a table that it has no statistics of yet, and an import into a new database reads all of it for each tag.
POSTGRESQL = (
    """
    CREATE FUNCTION post_tags_take_published_at() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT CASE WHEN status = 'published' AND deleted_at IS NULL THEN published_at END
        INTO NEW.published_at FROM posts WHERE id = NEW.post_id FOR SHARE;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER post_tags_take_published_at BEFORE INSERT ON post_tags
    FOR EACH ROW EXECUTE FUNCTION post_tags_take_published_at()
    """,
    """
    CREATE FUNCTION posts_give_published_at() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE post_tags SET published_at =
            CASE WHEN NEW.status = 'published' AND NEW.deleted_at IS NULL THEN NEW.published_at END
        WHERE post_id = NEW.id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER posts_give_published_at AFTER UPDATE OF status, published_at, deleted_at ON posts
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
    op.add_column("post_tags", sa.Column("published_at", sa.DateTime(timezone=True)))
    for statement in POSTGRESQL if _on_postgresql() else SQLITE:
        op.execute(statement)
    op.execute(FILL)
    given = sa.text("published_at IS NOT NULL")
    op.create_index(
        "ix_post_tags_live",
        "post_tags",
        ["tag_id", sa.text("published_at DESC"), sa.text("post_id DESC")],
        postgresql_where=given,
        sqlite_where=given,
    )


def downgrade() -> None:
    if _on_postgresql():
        op.execute("DROP TRIGGER posts_give_published_at ON posts")
        op.execute("DROP TRIGGER post_tags_take_published_at ON post_tags")
        op.execute("DROP FUNCTION posts_give_published_at")
        op.execute("DROP FUNCTION post_tags_take_published_at")
    else:
        op.execute("DROP TRIGGER posts_give_published_at")
        op.execute("DROP TRIGGER post_tags_take_published_at")
    op.drop_index("ix_post_tags_live", "post_tags")
    op.drop_column("post_tags", "published_at")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
