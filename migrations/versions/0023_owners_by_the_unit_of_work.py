"""Let the application write the owner's row of post_authors, at position 0.

Drop the triggers that wrote it. Workers of the previous release do not write it: while they are still running, a
deferred trigger adds missing rows on PostgreSQL when they commit. The next release can drop it. SQLite has no deferred
triggers, so stop the service for the upgrade there.
"""

from __future__ import annotations

import importlib

from migrations import online

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# Take the trigger definitions from the revision that created them.
authors = importlib.import_module("migrations.versions.0013_post_authors")

OWNER_TRIGGERS = ("posts_give_owner_by_insert", "posts_give_owner_by_update")
TIMES = "post_authors_take_times"
TAKE_TIMES_POSTGRESQL = f"""
    CREATE OR REPLACE TRIGGER {TIMES} BEFORE INSERT ON post_authors
    FOR EACH ROW EXECUTE FUNCTION {TIMES}()
"""
TAKE_TIMES_SQLITE = authors.SQLITE[3].replace(" WHEN NEW.position > 0", "")
# Do nothing if the transaction has written the row. By the commit, the post may be deleted or have another owner.
MISSING_OWNER = "posts_add_missing_owner"
ADD_MISSING_OWNER = (
    f"""
    CREATE OR REPLACE FUNCTION {MISSING_OWNER}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT FROM posts JOIN post_authors ON post_id = id AND user_id = author_id AND position = 0
            WHERE id = NEW.id
        ) THEN
            DELETE FROM post_authors WHERE post_id = NEW.id AND position = 0;
            INSERT INTO post_authors (post_id, user_id, position) SELECT id, author_id, 0 FROM posts WHERE id = NEW.id
            ON CONFLICT (post_id, user_id) DO UPDATE SET position = 0;
        END IF;
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE CONSTRAINT TRIGGER {MISSING_OWNER} AFTER INSERT OR UPDATE OF author_id ON posts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {MISSING_OWNER}()
    """,
)


def upgrade() -> None:
    if online.on_postgresql():
        for name in (*OWNER_TRIGGERS, MISSING_OWNER):
            online.execute(f"DROP TRIGGER IF EXISTS {name} ON posts")
        online.execute("DROP FUNCTION IF EXISTS posts_give_owner")
        for statement in (TAKE_TIMES_POSTGRESQL, *ADD_MISSING_OWNER):
            online.execute(statement)
        return
    for name in (*OWNER_TRIGGERS, TIMES):
        online.execute(f"DROP TRIGGER {name}")
    online.execute(TAKE_TIMES_SQLITE)


def downgrade() -> None:
    if online.on_postgresql():
        online.execute(f"DROP TRIGGER IF EXISTS {MISSING_OWNER} ON posts")
        online.execute(f"DROP FUNCTION IF EXISTS {MISSING_OWNER}")
        # The function and two triggers of the owner, and the trigger of the times.
        for statement in (*authors.POSTGRESQL[:3], authors.POSTGRESQL[-1]):
            online.execute(statement)
        return
    online.execute(f"DROP TRIGGER {TIMES}")
    for statement in (*authors.SQLITE[:2], authors.SQLITE[3]):
        online.execute(statement)
