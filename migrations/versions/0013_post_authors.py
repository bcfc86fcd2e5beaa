"""Let a post have several authors: its owner, maintained by triggers, and co-authors.

As in post_tags, the table also copies the times of the post, so that one index lists the posts of each author in order.
Create the table, then the triggers that maintain it for new writes, then fill it from existing posts.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import online, public_content

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
COLUMNS = "post_id, user_id, position, created_at, published_at"
DUE = "CASE WHEN {0}status = 'published' AND {0}deleted_at IS NULL THEN {0}published_at END"
OF_NEW = DUE.format("NEW.")
OWNER = f"""
    INSERT INTO post_authors ({COLUMNS}) VALUES (NEW.id, NEW.author_id, 0, NEW.created_at, {OF_NEW})
"""
NO_OWNER = "DELETE FROM post_authors WHERE post_id = NEW.id AND (position = 0 OR user_id = NEW.author_id)"
GIVE = f"UPDATE post_authors SET created_at = NEW.created_at, published_at = {OF_NEW} WHERE post_id = NEW.id"
TIMES = "status, published_at, deleted_at, created_at"
CHANGED = "({}) IS {{}} ({})".format(
    *(", ".join(f"{row}.{name}" for name in TIMES.split(", ")) for row in ("OLD", "NEW"))
)

# Lock the posts, as in 0002. Rows written by a trigger are newer, so keep them.
FILL_POSTGRESQL = f"""
    WITH held AS (
        SELECT id, author_id, created_at, {DUE.format("")} AS due
        FROM posts WHERE id BETWEEN :low AND :high FOR SHARE
    )
    INSERT INTO post_authors ({COLUMNS}) SELECT id, author_id, 0, created_at, due FROM held
    ON CONFLICT DO NOTHING
"""
FILL_SQLITE = f"""
    INSERT INTO post_authors ({COLUMNS}) SELECT id, author_id, 0, created_at, {DUE.format("")} FROM posts
"""

# As in 0002 and 0007, row locks serialize adding a co-author with changing the post.
POSTGRESQL = (
    f"""
    CREATE OR REPLACE FUNCTION posts_give_owner() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            {NO_OWNER};
        END IF;
        {OWNER};
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER posts_give_owner_by_insert AFTER INSERT ON posts
    FOR EACH ROW EXECUTE FUNCTION posts_give_owner()
    """,
    """
    CREATE OR REPLACE TRIGGER posts_give_owner_by_update AFTER UPDATE OF author_id ON posts
    FOR EACH ROW WHEN (OLD.author_id <> NEW.author_id) EXECUTE FUNCTION posts_give_owner()
    """,
    f"""
    CREATE OR REPLACE FUNCTION posts_give_times() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {GIVE};
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE OR REPLACE TRIGGER posts_give_times AFTER UPDATE OF {TIMES} ON posts
    FOR EACH ROW WHEN ({CHANGED.format("DISTINCT FROM")}) EXECUTE FUNCTION posts_give_times()
    """,
    f"""
    CREATE OR REPLACE FUNCTION post_authors_take_times() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT created_at, {DUE.format("")} INTO NEW.created_at, NEW.published_at
        FROM posts WHERE id = NEW.post_id FOR NO KEY UPDATE;
        RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER post_authors_take_times BEFORE INSERT ON post_authors
    FOR EACH ROW WHEN (NEW.position > 0) EXECUTE FUNCTION post_authors_take_times()
    """,
)
SQLITE = (
    f"CREATE TRIGGER posts_give_owner_by_insert AFTER INSERT ON posts BEGIN {OWNER}; END",
    f"""
    CREATE TRIGGER posts_give_owner_by_update AFTER UPDATE OF author_id ON posts
    WHEN OLD.author_id <> NEW.author_id BEGIN {NO_OWNER}; {OWNER}; END
    """,
    f"""
    CREATE TRIGGER posts_give_times AFTER UPDATE OF {TIMES} ON posts
    WHEN {CHANGED.format("NOT")} BEGIN {GIVE}; END
    """,
    f"""
    CREATE TRIGGER post_authors_take_times AFTER INSERT ON post_authors WHEN NEW.position > 0
    BEGIN
        UPDATE post_authors SET (created_at, published_at) = (
            SELECT created_at, {DUE.format("")} FROM posts WHERE id = NEW.post_id
        )
        WHERE post_id = NEW.post_id AND user_id = NEW.user_id;
    END
    """,
)


def upgrade() -> None:
    op.create_table(
        "post_authors",
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", TIME),
        sa.Column("published_at", TIME),
        sa.CheckConstraint("position >= 0", name=op.f("ck_post_authors_position")),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name=op.f("fk_post_authors_post_id"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_post_authors_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "user_id", name=op.f("pk_post_authors")),
        if_not_exists=True,
    )
    given = sa.text("published_at IS NOT NULL")
    live = ["user_id", sa.text("published_at DESC"), sa.text("post_id DESC")]
    online.create_index(
        "ix_post_authors_live", "post_authors", live, postgresql_where=given, sqlite_where=given
    )
    made = ["user_id", sa.text("created_at DESC"), sa.text("post_id DESC")]
    online.create_index("ix_post_authors_by_created_at", "post_authors", made)
    for statement in POSTGRESQL if online.on_postgresql() else SQLITE:
        online.execute(statement)
    if online.on_postgresql():
        online.fill("posts", FILL_POSTGRESQL)
    else:
        op.execute(FILL_SQLITE)
    # Changes of the times need no trigger here: the triggers of posts cover them.
    public_content.create_triggers("post_authors", ("user_id", "position"), scope="site")
    # The new table replaces this index.
    online.drop_index("ix_posts_live_by_author", "posts")


def downgrade() -> None:
    live = sa.text("status = 'published' AND deleted_at IS NULL")
    online.create_index(
        "ix_posts_live_by_author",
        "posts",
        ["author_id", sa.text("published_at DESC"), sa.text("id DESC")],
        postgresql_where=live,
        sqlite_where=live,
    )
    names = ("posts_give_owner_by_insert", "posts_give_owner_by_update", "posts_give_times")
    for name in names:
        on_table = " ON posts" if online.on_postgresql() else ""
        online.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")
    op.drop_table("post_authors", if_exists=True)
    if online.on_postgresql():
        for name in ("posts_give_owner", "posts_give_times", "post_authors_take_times"):
            online.execute(f"DROP FUNCTION IF EXISTS {name}")
