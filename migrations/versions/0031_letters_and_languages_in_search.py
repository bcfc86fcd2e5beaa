"""Fold the letters that decomposition leaves, such as ł and ß, and tell C++ and C# from C in the search index.

Both databases split text as text/words.py does. On PostgreSQL, replacing the function of the generated column changes
no row, so this refreshes the posts that contain such letters or names, in batches. Old code finds these words only in
posts that are not refreshed yet.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable

from migrations import online

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

words = importlib.import_module("migrations.versions.0007_search")
planned = importlib.import_module("migrations.versions.0022_triggers_that_plan_less")

# ruff: noqa: RUF001
# As in text/words.py at the time of this migration. Those in the second line are composed of one and an accent.
LETTERS = {
    "Ł": "L", "ł": "l", "Ø": "O", "ø": "o", "Đ": "D", "đ": "d", "Ð": "D", "ð": "d", "ı": "i",
    "Ǿ": "O", "ǿ": "o", "Ǽ": "ae", "ǽ": "ae", "Ǣ": "ae", "ǣ": "ae",
    "ẞ": "ss", "ß": "ss", "Æ": "ae", "æ": "ae", "Œ": "oe", "œ": "oe", "Þ": "th", "þ": "th",
}  # fmt: skip
BEFORE = "\t\n\u00a0\"'()*,-/:>[_`|\u201c\u201e"
NAMES = {"++": "cplusplus+", "#": "csharp#"}

STEP = 8

ONE_TO_ONE = {letter: base for letter, base in LETTERS.items() if len(base) == 1}
FOLDED = f"translate(normalize(source, NFD), '{''.join(ONE_TO_ONE)}', '{''.join(ONE_TO_ONE.values())}')"
for letter, base in LETTERS.items() - ONE_TO_ONE.items():
    FOLDED = f"replace({FOLDED}, '{letter}', '{base}')"
BOUNDARY = "(^|[ " + "".join(f"\\u{ord(character):04x}" for character in BEFORE) + "])"
SEARCH_WORDS = rf"""
    CREATE OR REPLACE FUNCTION search_words(source text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    BEGIN
        IF source ~ '[cC](\+\+|#)' THEN
            source := regexp_replace(source, '{BOUNDARY}[cC]\+\+', '\1{NAMES["++"]}', 'g');
            source := regexp_replace(source, '{BOUNDARY}[cC]#', '\1{NAMES["#"]}', 'g');
        END IF;
        IF source ~ '[\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff]' THEN
            source := normalize(regexp_replace({FOLDED}, '([A-Za-z])[\u0300-\u036f]+', '\1', 'g'), NFC);
        END IF;
        RETURN regexp_replace(replace(source, chr(962), chr(963)), '[{words.SEPARATORS}]+', ' ', 'g');
    END $$
"""
REFRESH = rf"""
    UPDATE posts SET title = title WHERE id BETWEEN :low AND :high
    AND concat_ws(' ', title, tag_names, summary, left(content, {words.INDEXED}))
        ~ '[{"".join(LETTERS)}]|[cC](\+\+|#)'
"""


def _folded(text: str) -> str:
    """Return the SQL that replaces names and letters on SQLite, which has no regular expressions.

    It takes several steps, because SQLite limits the nesting of an expression.
    """
    spaces = [(f"char({ord(character)})", "' '") for character in BEFORE]
    names = [(f"' {letter}{sign}'", f"' {name}'") for sign, name in NAMES.items() for letter in "Cc"]
    letters = [(f"'{letter}'", f"'{base}'") for letter, base in LETTERS.items()]
    guarded = "CASE WHEN source LIKE '%c++%' OR source LIKE '%c#%' THEN {} ELSE source END"
    spaced = guarded.format("' ' || source")
    sql = f"SELECT {spaced} AS source FROM (SELECT {text} AS source)"
    for form, pairs in ((guarded, spaces + names), ("{}", letters)):
        for start in range(0, len(pairs), STEP):
            replaced = "source"
            for old, new in pairs[start : start + STEP]:
                replaced = f"replace({replaced}, {old}, {new})"
            sql = f"SELECT {form.format(replaced)} AS source FROM ({sql})"
    return f"({sql})"


def _fields(row: str) -> list[str]:
    """Return the indexed fields of a row before this revision: OLD, NEW or posts."""
    return [f"{row}.{name}" for name in ("title", "tag_names", "summary")] + [
        f"substr({row}.content, 1, {words.INDEXED})"
    ]


def _folded_fields(row: str) -> list[str]:
    return [_folded(field) for field in _fields(row)]


def _definitions() -> tuple[str, ...]:
    """Return the view and the triggers that keep the index of SQLite, as in 0007, with folded fields."""
    forget = f"""
        INSERT INTO posts_search (posts_search, rowid, {words.FIELDS})
        VALUES ('delete', OLD.id, {", ".join(_folded_fields("OLD"))})
    """
    learn = f"INSERT INTO posts_search (rowid, {words.FIELDS}) VALUES (NEW.id, {', '.join(_folded_fields('NEW'))})"
    named = zip(_folded_fields("posts"), words.FIELDS.split(", "), strict=True)
    return (
        f"CREATE VIEW posts_searched AS SELECT id, {', '.join(f'{sql} AS {name}' for sql, name in named)} FROM posts",
        f"CREATE TRIGGER posts_search_insert AFTER INSERT ON posts BEGIN {learn}; END",
        f"CREATE TRIGGER posts_search_delete AFTER DELETE ON posts BEGIN {forget}; END",
        f"""
        CREATE TRIGGER posts_search_update AFTER UPDATE OF id, {words.FIELDS} ON posts
        WHEN (OLD.id, OLD.title, OLD.tag_names, OLD.summary, OLD.content)
            IS NOT (NEW.id, NEW.title, NEW.tag_names, NEW.summary, NEW.content)
        BEGIN {forget}; {learn}; END
        """,
    )


def _replace_on_sqlite(definitions: Iterable[str]) -> None:
    """Replace the view and the triggers, and reindex only the posts that contain such letters or names."""
    anything = " || ' ' || ".join(_fields("posts"))
    affected = f"""
        SELECT id FROM posts WHERE {anything} GLOB '*[{"".join(LETTERS)}]*'
        OR {anything} LIKE '%c++%' OR {anything} LIKE '%c#%'
    """
    some = f"{words.FIELDS} FROM posts_searched WHERE id IN ({affected})"
    online.execute(
        f"INSERT INTO posts_search (posts_search, rowid, {words.FIELDS}) SELECT 'delete', id, {some}"
    )
    for event in ("insert", "delete", "update"):
        online.execute(f"DROP TRIGGER posts_search_{event}")
    online.execute("DROP VIEW posts_searched")
    for statement in definitions:
        online.execute(statement)
    online.execute(f"INSERT INTO posts_search (rowid, {words.FIELDS}) SELECT id, {some}")


def upgrade() -> None:
    if online.on_postgresql():
        online.execute(SEARCH_WORDS)
        online.fill("posts", REFRESH)
    else:
        _replace_on_sqlite(_definitions())


def downgrade() -> None:
    if online.on_postgresql():
        online.execute(planned.SEARCH_WORDS)
        online.fill("posts", REFRESH)
    else:
        _replace_on_sqlite((words.SQLITE[0], *words.SQLITE[4:7]))
