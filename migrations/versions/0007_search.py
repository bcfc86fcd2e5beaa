"""Add full-text search: a generated tsvector with a GIN index on PostgreSQL, FTS5 with triggers on SQLite.

Both index title, tag names, summary and content, in this order and with these weights, and both split them into the
same words (text/words.py). Triggers copy the tag names into each post, because an index cannot span tables. Add the
names and their triggers first, then the search index. Adding a generated column rewrites the table and blocks readers:
on PostgreSQL for about a millisecond per post.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations import online

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Word separators other than the space, as in text/words.py at the time of this migration.
SEPARATORS = (
    r"\u0001-\u001f\u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf"
    r"\u00d7\u00f7\u037e\u0387\u0589-\u058f\u05be\u05c0\u05c3\u05c6\u05f3-\u060f\u061b-\u061f\u066a-\u066d"
    r"\u06d4\u0964\u0965\u0e3f\u2000-\u206f\u2070\u2074-\u207e\u2080-\u208e\u20a0-\u20cf\u2116-\u2118"
    r"\u211e-\u2123\u2190-\u245f\u2500-\u2775\u2794-\u2bff\u2e00-\u3004\u3008-\u3020\u3030\u30fb\ufe00-\ufe6f"
    r"\ufeff-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0-\uffff\U0001f000-\U0001faff"
)
# Limit in characters, since a tsvector is limited to a megabyte.
INDEXED = 100_000

# Replace separators by spaces, so that the PostgreSQL parser finds no URLs, email addresses or signed numbers. Remove
# diacritics from Latin letters only, as FTS5 does: in Greek and Cyrillic they form different letters. Checking for them
# first is many times cheaper than normalizing.
SEARCH_WORDS = rf"""
    CREATE OR REPLACE FUNCTION search_words(source text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(
        replace(
            CASE WHEN source ~ '[\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff]' THEN
                normalize(regexp_replace(normalize(source, NFD), '([A-Za-z])[\u0300-\u036f]+', '\1', 'g'), NFC)
            ELSE source END,
            chr(962), chr(963)
        ),
        '[{SEPARATORS}]+', ' ', 'g'
    )
"""
# A bar, which is not a word, keeps phrases from matching across fields.
SEARCH = rf"""
    ALTER TABLE posts ADD COLUMN IF NOT EXISTS search tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', search_words(title)), 'A') || '''|''\:1'::tsvector ||
        setweight(to_tsvector('simple', search_words(tag_names)), 'B') || '''|''\:1'::tsvector ||
        setweight(to_tsvector('simple', search_words(summary)), 'C') || '''|''\:1'::tsvector ||
        setweight(to_tsvector('simple', search_words(left(content, {INDEXED}))), 'D')
    ) STORED
"""
# Lock the posts in a separate statement, so that the next one sees the changes committed until then.
POSTGRESQL = (
    """
    CREATE OR REPLACE FUNCTION posts_take_tag_names(changed bigint[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM FROM posts WHERE id = ANY (changed) ORDER BY id FOR NO KEY UPDATE;
        UPDATE posts SET tag_names = names.together
        FROM (
            SELECT wanted.id, coalesce(string_agg(tags.name, E'\\n' ORDER BY tags.name_key), '') AS together
            FROM (SELECT DISTINCT unnest(changed) AS id) AS wanted
            LEFT JOIN post_tags ON post_tags.post_id = wanted.id
            LEFT JOIN tags ON tags.id = post_tags.tag_id
            GROUP BY wanted.id
        ) AS names
        WHERE posts.id = names.id AND posts.tag_names <> names.together;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION post_tags_give_names() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM posts_take_tag_names(ARRAY(SELECT DISTINCT post_id FROM changed));
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER post_tags_give_names_by_insert AFTER INSERT ON post_tags
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION post_tags_give_names()
    """,
    """
    CREATE OR REPLACE TRIGGER post_tags_give_names_by_delete AFTER DELETE ON post_tags
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION post_tags_give_names()
    """,
    """
    CREATE OR REPLACE FUNCTION post_tags_give_other_names() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM posts_take_tag_names(ARRAY[OLD.post_id, NEW.post_id]);
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER post_tags_give_names_by_update AFTER UPDATE OF post_id, tag_id ON post_tags
    FOR EACH ROW EXECUTE FUNCTION post_tags_give_other_names()
    """,
    """
    CREATE OR REPLACE FUNCTION tags_give_name() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM posts_take_tag_names(ARRAY(SELECT post_id FROM post_tags WHERE tag_id = NEW.id));
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER tags_give_name AFTER UPDATE OF name ON tags
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION tags_give_name()
    """,
)
# Replaces the function of 0002. It now also locks the tag against renames, and takes the lock on the post that updating
# its tag names needs. The lock order is that of a rename. Upgrading a shared lock later would deadlock.
TAKE_PUBLISHED_AT = """
    CREATE OR REPLACE FUNCTION post_tags_take_published_at() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN{first}
        SELECT CASE WHEN status = 'published' AND deleted_at IS NULL THEN published_at END
        INTO NEW.published_at FROM posts WHERE id = NEW.post_id FOR {lock};
        RETURN NEW;
    END $$
"""

TOGETHER = """
    coalesce((
        SELECT group_concat(name, char(10)) FROM (
            SELECT name FROM tags JOIN post_tags ON post_tags.tag_id = tags.id
            WHERE post_tags.post_id = {post_id} ORDER BY name_key
        )
    ), '')
"""
SQLITE_TAKE = f"UPDATE posts SET tag_names = {TOGETHER.format(post_id='posts.id')} WHERE posts.id"
# Characters that Unicode did not classify as letters or numbers when unicode61 was created, and numbers that PostgreSQL
# treats as symbols.
OTHER_SEPARATORS = "²³¹¼½¾⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉\u2066\u2067\u2068\u2069\ufe0e\ufe0f"
# SQLite has no statement-level triggers. This avoids reindexing a new post, which has its tag names already, for each
# tag.
SQLITE_LACKS = """
    instr(
        char(10) || tag_names || char(10),
        char(10) || (SELECT name FROM tags WHERE id = NEW.tag_id) || char(10)
    ) = 0
"""
TOKENIZER = f"unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc' separators '{OTHER_SEPARATORS}'"
FIELDS = "title, tag_names, summary, content"
SQLITE_FORGET = f"""
    INSERT INTO posts_search (posts_search, rowid, {FIELDS})
    VALUES ('delete', OLD.id, OLD.title, OLD.tag_names, OLD.summary, substr(OLD.content, 1, {INDEXED}))
"""
SQLITE_LEARN = f"""
    INSERT INTO posts_search (rowid, {FIELDS})
    VALUES (NEW.id, NEW.title, NEW.tag_names, NEW.summary, substr(NEW.content, 1, {INDEXED}))
"""
SQLITE = (
    f"""
    CREATE VIEW posts_searched AS
    SELECT id, title, tag_names, summary, substr(content, 1, {INDEXED}) AS content FROM posts
    """,
    f"""
    CREATE VIRTUAL TABLE posts_search USING fts5(
        {FIELDS}, content = 'posts_searched', content_rowid = 'id', tokenize = "{TOKENIZER}"
    )
    """,
    # The positions of each word, to compute the rank.
    "CREATE VIRTUAL TABLE posts_search_words USING fts5vocab(posts_search, instance)",
    "INSERT INTO posts_search (posts_search) VALUES ('rebuild')",
    f"CREATE TRIGGER posts_search_insert AFTER INSERT ON posts BEGIN {SQLITE_LEARN}; END",
    f"CREATE TRIGGER posts_search_delete AFTER DELETE ON posts BEGIN {SQLITE_FORGET}; END",
    f"""
    CREATE TRIGGER posts_search_update AFTER UPDATE OF id, {FIELDS} ON posts
    WHEN (OLD.id, OLD.title, OLD.tag_names, OLD.summary, OLD.content)
        IS NOT (NEW.id, NEW.title, NEW.tag_names, NEW.summary, NEW.content)
    BEGIN {SQLITE_FORGET}; {SQLITE_LEARN}; END
    """,
    f"""
    CREATE TRIGGER post_tags_give_names_by_insert AFTER INSERT ON post_tags
    BEGIN {SQLITE_TAKE} = NEW.post_id AND {SQLITE_LACKS}; END
    """,
    f"""
    CREATE TRIGGER post_tags_give_names_by_delete AFTER DELETE ON post_tags
    BEGIN {SQLITE_TAKE} = OLD.post_id; END
    """,
    f"""
    CREATE TRIGGER post_tags_give_names_by_update AFTER UPDATE OF post_id, tag_id ON post_tags
    BEGIN {SQLITE_TAKE} IN (OLD.post_id, NEW.post_id); END
    """,
    f"""
    CREATE TRIGGER tags_give_name AFTER UPDATE OF name ON tags WHEN OLD.name <> NEW.name
    BEGIN {SQLITE_TAKE} IN (SELECT post_id FROM post_tags WHERE tag_id = NEW.id); END
    """,
)


def upgrade() -> None:
    online.add_column("posts", sa.Column("tag_names", sa.Text(), server_default="", nullable=False))
    if online.on_postgresql():
        hold_tag = "\n        PERFORM FROM tags WHERE id = NEW.tag_id FOR SHARE;"
        take = TAKE_PUBLISHED_AT.format(first=hold_tag, lock="NO KEY UPDATE")
        for statement in (take, *POSTGRESQL, SEARCH_WORDS):
            online.execute(statement)
        online.fill(
            "posts",
            "SELECT posts_take_tag_names(ARRAY(SELECT id FROM posts WHERE id BETWEEN :low AND :high))",
        )
        # Pending deferred triggers would block ALTER TABLE in the same transaction.
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")
        online.execute(SEARCH)
        online.create_index("ix_posts_search", "posts", ["search"], postgresql_using="gin")
    else:
        op.execute(f"{SQLITE_TAKE} IN (SELECT post_id FROM post_tags)")
        for statement in SQLITE:
            op.execute(statement)


def downgrade() -> None:
    triggers = [("post_tags", f"post_tags_give_names_by_{event}") for event in ("insert", "delete", "update")]
    triggers.append(("tags", "tags_give_name"))
    if online.on_postgresql():
        for table, name in triggers:
            online.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        online.drop_column("posts", "search")
        for name in (
            "search_words",
            "tags_give_name",
            "post_tags_give_other_names",
            "post_tags_give_names",
            "posts_take_tag_names",
        ):
            op.execute(f"DROP FUNCTION IF EXISTS {name}")
        op.execute(TAKE_PUBLISHED_AT.format(first="", lock="SHARE"))
    else:
        triggers += [("posts", f"posts_search_{event}") for event in ("insert", "delete", "update")]
        for _, name in triggers:
            op.execute(f"DROP TRIGGER {name}")
        for name in ("posts_search_words", "posts_search"):
            op.execute(f"DROP TABLE {name}")
        op.execute("DROP VIEW posts_searched")
    online.drop_column("posts", "tag_names")
