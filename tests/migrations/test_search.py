"""Tests of the search objects, which only the migrations define."""

from __future__ import annotations

from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from blog_api.database.session import db, transaction
from tests.apps import MIGRATIONS

TITLE_OF = {
    "postgresql": "SELECT title FROM posts WHERE search @@ plainto_tsquery('simple', :tag)",
    "sqlite": "SELECT title FROM posts_search WHERE posts_search MATCH :tag",
}


def finds(word):
    path = f"/api/v1/posts?q={word}"
    page = current_app.test_client().get(path).json
    assert page is not None
    return [post["title"] for post in page["data"]]


def triggers() -> set[str]:
    names = {
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    }
    with db.engine.connect() as connection:
        return set(connection.execute(text(names[db.engine.dialect.name])).scalars())


# Triggers that a revision drops on purpose.
DROPPED = {"0023": {"posts_give_owner_by_insert", "posts_give_owner_by_update"}}
OLD = """
INSERT INTO users (username, username_key, display_name, role, is_active) VALUES ('a', 'a', 'A', 'author', true);
INSERT INTO posts (slug, title, content, author_id, status, published_at)
    SELECT 'a', 'Old', 'About lighthouses.', id, 'published', '2020-01-01' FROM users;
INSERT INTO tags (name, name_key, slug) VALUES ('Sea', 'sea', 'sea');
INSERT INTO post_tags (post_id, tag_id) SELECT posts.id, tags.id FROM posts, tags
"""


def test_every_revision_keeps_the_triggers_and_the_search_index(empty):
    first, *later = [revision.revision for revision in ScriptDirectory(MIGRATIONS).walk_revisions()][::-1]
    upgrade(MIGRATIONS, first)
    with transaction() as session:
        for statement in OLD.split(";"):
            session.execute(text(statement))
    for revision in later:
        before = triggers()
        upgrade(MIGRATIONS, revision)
        assert triggers() >= before - DROPPED.get(revision, set()), revision
        if revision >= "0007":
            for title, tag in (("New words", "Lake"), ("Old", "Sea")):
                with transaction() as session:
                    session.execute(text("UPDATE posts SET title = :title"), {"title": title})
                    session.execute(text("UPDATE tags SET name = :tag"), {"tag": tag})
                with db.engine.connect() as connection:
                    assert connection.execute(text(TITLE_OF[db.engine.dialect.name]), {"tag": tag}).all() == [
                        (title,)
                    ]
    assert finds("lighthouses sea") == ["Old"]
    assert finds("lake") == []


LETTERS = """
INSERT INTO users (username, username_key, display_name, role, is_active) VALUES ('a', 'a', 'A', 'author', true);
INSERT INTO posts (slug, title, content, author_id, status, published_at, updated_at)
    SELECT 'a', 'Łódź', 'Straße. C++', id, 'published', '2020-01-01', '2020-01-01' FROM users;
INSERT INTO posts (slug, title, content, author_id, status, published_at, updated_at)
    SELECT 'b', 'Plain', 'lodz', id, 'published', '2020-01-01', '2020-01-01' FROM users
"""
FIND = {
    "postgresql": "SELECT count(*) FROM posts WHERE search @@ plainto_tsquery('simple', :word)",
    "sqlite": "SELECT count(*) FROM posts_search WHERE posts_search MATCH :word",
}


def test_existing_posts_are_reindexed_with_folded_letters(empty):
    def count(word):
        with db.engine.connect() as connection:
            return connection.execute(text(FIND[db.engine.dialect.name]), {"word": word}).scalar_one()

    upgrade(MIGRATIONS, "0030")
    with transaction() as session:
        for statement in LETTERS.split(";"):
            session.execute(text(statement))
    before = [count(word) for word in ("lodz", "strasse", "cplusplus")]
    upgrade(MIGRATIONS, "0031")
    assert before == [1, 0, 0]
    assert [count(word) for word in ("lodz", "strasse", "cplusplus", "c")] == [2, 1, 1, 0]
    with transaction() as session:
        stamps = session.execute(text("SELECT version, cast(updated_at AS text) FROM posts")).all()
        if db.engine.dialect.name == "sqlite":
            session.execute(
                text("INSERT INTO posts_search (posts_search, rank) VALUES ('integrity-check', 1)")
            )
    assert {(version, updated[:10]) for version, updated in stamps} == {(1, "2020-01-01")}
    downgrade(MIGRATIONS, "0030")
    assert [count(word) for word in ("lodz", "strasse", "cplusplus", "c")] == [1, 0, 0, 1]
