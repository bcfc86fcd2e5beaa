"""Halve the cost of a new post on PostgreSQL by planning less.

PostgreSQL inlines an SQL function into the expression of the generated column, four times, and each statement that
writes a post parses and simplifies it again. A PL/pgSQL function is called instead. The trigger that copies tag names
has nothing to do if a post has them already, as a new post does. It now checks this first, with a statement without
parameters that is planned once, and runs the update, which is planned each time, only if needed.
"""

from __future__ import annotations

import importlib

from migrations import online

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# The definition of a word stays the same, so take the function body from this revision.
search = importlib.import_module("migrations.versions.0007_search")
GIVE_NAMES = search.POSTGRESQL[1]
SEARCH_WORDS = (
    search.SEARCH_WORDS.replace("LANGUAGE sql", "LANGUAGE plpgsql").replace(
        "RETURN regexp_replace", "AS $$ BEGIN RETURN regexp_replace"
    )
    + "; END $$"
)
# A plan cached while the tables were empty would use sequential scans until the next ANALYZE.
GIVE_MISSING_NAMES = """
    CREATE OR REPLACE FUNCTION post_tags_give_names() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR EXISTS (
            SELECT FROM changed JOIN tags ON tags.id = changed.tag_id JOIN posts ON posts.id = changed.post_id
            WHERE strpos(E'\\n' || posts.tag_names || E'\\n', E'\\n' || tags.name || E'\\n') = 0
        ) THEN
            PERFORM posts_take_tag_names(ARRAY(SELECT DISTINCT post_id FROM changed));
        END IF;
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    if online.on_postgresql():
        online.execute(SEARCH_WORDS)
        online.execute(GIVE_MISSING_NAMES)


def downgrade() -> None:
    if online.on_postgresql():
        online.execute(GIVE_NAMES)
        online.execute(search.SEARCH_WORDS)
