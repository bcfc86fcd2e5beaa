"""The column post_tags.published_at, which the pages of tags read: triggers keep it in sync with the posts."""

from __future__ import annotations

import random
from threading import Thread, Timer

import pytest
from flask_migrate import upgrade
from sqlalchemy import text

from blog_api.database.session import db, reading, transaction
from migrations import online
from tests.apps import MIGRATIONS, disconnect, make_app, running_app

OUT_OF_SYNC = text(
    """
    SELECT count(*) FROM post_tags JOIN (
        SELECT id, CASE WHEN status = 'published' AND deleted_at IS NULL THEN published_at END AS due FROM posts
    ) AS truth ON truth.id = post_tags.post_id
    WHERE (published_at IS NULL) <> (due IS NULL) OR published_at <> due
    """
)
FUTURE = "2999-01-01T00:00:00Z"


def rows_out_of_sync(app) -> int:
    """Count the rows whose time differs from that of their post."""
    with app.app_context(), reading():
        return db.session.execute(OUT_OF_SYNC).scalar_one()


def count_rows(app) -> int:
    with app.app_context(), reading():
        return db.session.execute(text("SELECT count(*) FROM post_tags")).scalar_one()


def test_the_time_stays_in_sync_with_every_change_of_a_post_and_its_tags(app, people):
    chance = random.Random(4)
    editor = people("editor")
    ids = [editor.write(f"Post {n}", tags=["a", "b"], status="draft")["id"] for n in range(5)]
    for _ in range(40):
        path = f"/posts/{chance.choice(ids)}"
        change = chance.choice(
            [
                {"status": "published"},
                {"status": "draft"},
                {"status": "archived"},
                {"status": "published", "published_at": FUTURE},
                {"tags": chance.sample("abcdef", 3)},
                {"tags": ["x"], "status": "published", "published_at": "2020-02-02T02:02:02Z"},
            ]
        )
        assert editor.patch(path, json=change).status_code == 200
        assert rows_out_of_sync(app) == 0
    assert editor.delete(f"/posts/{ids[0]}").status_code == 204
    assert rows_out_of_sync(app) == 0
    assert count_rows(app) > 0


def test_triggers_keep_the_time_in_sync_for_any_statement(app, people):
    people().write("Hello", tags=["a"])
    for statement in (
        "UPDATE posts SET status = 'archived'",
        "UPDATE posts SET status = 'published', published_at = '2020-01-01 00:00:00+00'",
        "UPDATE posts SET deleted_at = CURRENT_TIMESTAMP",
        "UPDATE posts SET deleted_at = NULL",
        "INSERT INTO tags (name, name_key, slug) VALUES ('raw', 'raw', 'raw')",
        "INSERT INTO post_tags (post_id, tag_id) SELECT posts.id, tags.id FROM posts, tags WHERE tags.slug = 'raw'",
    ):
        with app.app_context(), transaction() as session:
            session.execute(text(statement))
        assert rows_out_of_sync(app) == 0
    assert count_rows(app) == 2


def test_concurrent_tagging_and_publishing_stay_in_sync(app, people, database_url):
    author = people()
    for _ in range(5):
        post_id = author.write("Hello", status="draft")["id"]
        threaded = make_app(database_url, DB_POOL_SIZE="4")
        statements = (
            "UPDATE posts SET status = 'published', published_at = CURRENT_TIMESTAMP WHERE id = :id",
            "INSERT INTO post_tags (post_id, tag_id) SELECT :id, id FROM tags",
        )

        def run(statement: str, app=threaded, post_id=post_id) -> None:
            with app.app_context(), transaction() as session:
                session.execute(text(statement), {"id": post_id})

        author.write("Another", tags=["a", "b", "c"])
        threads = [Thread(target=run, args=(statement,)) for statement in statements]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        disconnect(threaded)
        assert rows_out_of_sync(app) == 0


def test_a_page_of_a_tag_is_read_from_the_index_without_sorting(app, people):
    people().write("Hello", tags=["a"])
    statement = (
        "SELECT post_id FROM post_tags WHERE tag_id = 1 AND published_at <= CURRENT_TIMESTAMP"
        " ORDER BY published_at DESC, post_id DESC LIMIT 21"
    )
    with app.app_context(), transaction() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SET LOCAL enable_seqscan = off"))
            session.execute(text("SET LOCAL enable_bitmapscan = off"))
            # Sorting one row is almost free. With this, the plan has a Sort only if it cannot do without one.
            session.execute(text("SET LOCAL enable_sort = off"))
            plan = session.execute(text(f"EXPLAIN {statement}")).all()
        else:
            plan = session.execute(text(f"EXPLAIN QUERY PLAN {statement}")).all()
    assert "ix_post_tags_live" in str(plan)
    assert "Sort" not in str(plan)
    assert "TEMP B-TREE" not in str(plan)


OLD_POSTS = """
INSERT INTO users (id, username, username_key, display_name, role, is_active) VALUES (1, 'a', 'a', 'a', 'author', true);
INSERT INTO posts (id, slug, title, author_id, status, published_at)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
    SELECT i, 'post-' || i, 'x', 1, CASE i % 2 WHEN 0 THEN 'draft' ELSE 'published' END, CURRENT_TIMESTAMP FROM n;
INSERT INTO tags (id, name, name_key, slug) VALUES (1, 'a', 'a', 'a');
INSERT INTO post_tags (post_id, tag_id) SELECT id, 1 FROM posts
"""


@pytest.fixture
def old_blog(empty_url):
    """Yield an app, in its context, with a database that does not have the column yet."""
    with running_app(empty_url, DB_POOL_SIZE="3") as app, app.app_context():
        upgrade(MIGRATIONS, "0001")
        with transaction() as session:
            for statement in OLD_POSTS.split(";"):
                session.execute(text(statement))
        yield app


def test_the_migration_fills_the_column_in_batches(old_blog, monkeypatch):
    monkeypatch.setattr(online, "BATCH", 7)
    upgrade(MIGRATIONS, "0002")
    assert (count_rows(old_blog), rows_out_of_sync(old_blog)) == (50, 0)
    with reading():
        assert db.session.execute(text("SELECT count(published_at) FROM post_tags")).scalar_one() == 25


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_migration_waits_for_uncommitted_writes(old_blog, monkeypatch):
    fill, connection = online.fill, db.engine.connect()

    def fill_while_a_post_is_unpublished(table: str, statement: str) -> None:
        connection.execute(text("UPDATE posts SET status = 'archived' WHERE id = 1"))
        Timer(0.2, connection.commit).start()
        fill(table, statement)

    monkeypatch.setattr(online, "fill", fill_while_a_post_is_unpublished)
    with connection:
        upgrade(MIGRATIONS, "0002")
    assert (count_rows(old_blog), rows_out_of_sync(old_blog)) == (50, 0)
    with reading():
        assert db.session.execute(text("SELECT count(published_at) FROM post_tags")).scalar_one() == 24
