"""Let a new post cost PostgreSQL half: what is looked at each time is planned once.

A function in SQL is written into the expression of the generated column, four times, and that is read and simplified
anew by each statement that writes a post; one in PL/pgSQL is called. And where a post has the names of its tags
already, as a new one has, nothing is left to do for the trigger that copies them: to see that is a statement without
parameters, planned once, and what it does otherwise is planned each time for the posts that it is about.
"""

from __future__ import annotations

import importlib

from migrations import online

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# What is a word stays what it is: the text of the function is that of this revision.
search = importlib.import_module("migrations.versions.0007_search")
GIVE_NAMES = search.POSTGRESQL[1]
SEARCH_WORDS = (
    search.SEARCH_WORDS.replace("LANGUAGE sql", "LANGUAGE plpgsql").replace(
        "RETURN regexp_replace", "AS $$ BEGIN RETURN regexp_replace"
    )
    + "; END $$"
)
# A plan that was made while the tables were empty would read all of them, until the next ANALYZE.
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
