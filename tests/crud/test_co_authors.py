"""The table post_authors: the unit of work maintains the owner, triggers maintain the times."""

from __future__ import annotations

import random

import pytest
from flask_migrate import upgrade
from sqlalchemy import text

from blog_api.database.session import db, reading, transaction
from migrations import online
from tests.apps import MIGRATIONS, disconnect, make_app
from tests.people import create_person

# Counts rows whose times or owner differ from their post, and posts without an owner row.
OUT_OF_SYNC = text(
    """
    SELECT (SELECT count(*) FROM post_authors JOIN (
        SELECT id, author_id, created_at AS made,
            CASE WHEN status = 'published' AND deleted_at IS NULL THEN published_at END AS due FROM posts
    ) AS truth ON truth.id = post_authors.post_id
    WHERE (published_at IS NULL) <> (due IS NULL) OR published_at <> due
        OR created_at IS NULL OR created_at <> made OR (position = 0) <> (user_id = author_id))
    + (SELECT count(*) FROM posts WHERE NOT EXISTS (
        SELECT 1 FROM post_authors WHERE post_id = posts.id AND position = 0))
    """
)
ALL = text("SELECT count(*) FROM post_authors")


def count(app, statement) -> int:
    with app.app_context(), reading():
        return int(db.session.execute(statement).scalar_one())


def test_rows_stay_in_sync_with_every_change_of_a_post_and_its_authors(app, people):
    chance = random.Random(5)
    editor, others = people("editor"), [people().id for _ in range(3)]
    ids = [editor.write(f"Post {n}", co_authors=others[:n], status="draft")["id"] for n in range(4)]
    for _ in range(40):
        change = chance.choice(
            [
                {"status": "published"},
                {"status": "draft"},
                {"status": "published", "published_at": "2999-01-01T00:00:00Z"},
                {"co_authors": chance.sample(others, 2)},
                {"co_authors": others[:1], "status": "published", "published_at": "2020-02-02T02:02:02Z"},
            ]
        )
        assert editor.patch(f"/posts/{chance.choice(ids)}", json=change).status_code == 200
        assert count(app, OUT_OF_SYNC) == 0
    assert editor.delete(f"/posts/{ids[0]}").status_code == 204
    assert count(app, OUT_OF_SYNC) == 0
    assert editor.post(f"/posts/{ids[0]}/restore").status_code == 200
    assert count(app, OUT_OF_SYNC) == 0


def test_triggers_keep_the_times_in_sync_for_any_statement(app, people):
    ada, bob = people(username="ada"), people(username="bob")
    ada.write(co_authors=[bob.id])
    ada.write()
    for statement, rows in (
        ("UPDATE posts SET status = 'archived'", 3),
        ("UPDATE posts SET status = 'published', published_at = '2020-01-01 00:00:00+00'", 3),
        ("UPDATE posts SET deleted_at = CURRENT_TIMESTAMP", 3),
        ("UPDATE posts SET deleted_at = NULL, created_at = '2019-01-01 00:00:00+00'", 3),
        (
            """INSERT INTO posts (slug, title, author_id, status, published_at)
            SELECT 'raw', 'Raw', id, 'published', CURRENT_TIMESTAMP FROM users WHERE username = 'bob';
            INSERT INTO post_authors (post_id, user_id, position)
            SELECT posts.id, users.id, CASE username WHEN 'bob' THEN 0 ELSE 1 END FROM posts, users
            WHERE slug = 'raw'""",
            5,
        ),
        ("DELETE FROM posts WHERE slug = 'raw'", 3),
    ):
        with app.app_context(), transaction() as session:
            for part in statement.split(";"):
                session.execute(text(part))
        assert (count(app, OUT_OF_SYNC), count(app, ALL)) == (0, rows), statement


def test_workers_of_the_previous_release_do_not_need_to_write_the_owner(app, people):
    if not app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        pytest.skip("SQLite has no deferred triggers")
    ada, bob = people(username="ada"), people(username="bob")
    ada.write(co_authors=[bob.id])
    for statement, rows in (
        (
            "INSERT INTO posts (slug, title, author_id) SELECT 'old', 'Old', id FROM users WHERE username = 'ada'",
            3,
        ),
        # The co-author of one post becomes the owner of all, with one row each.
        ("UPDATE posts SET author_id = (SELECT id FROM users WHERE username = 'bob')", 2),
    ):
        with app.app_context(), transaction() as session:
            session.execute(text(statement))
        assert (count(app, OUT_OF_SYNC), count(app, ALL)) == (0, rows), statement
    assert (
        bob.patch(
            f"/posts/{bob.get('/posts?status=draft').json['data'][0]['id']}", json={"title": "New"}
        ).json["author"]["id"]
        == bob.id
    )


def test_creating_a_post_is_503_if_migration_0023_is_missing(empty_url):
    app = make_app(empty_url)
    with app.app_context():
        upgrade(MIGRATIONS, "0022")
    ada = create_person(app, "author", "ada")
    response = ada.post("/posts", json={"title": "Early", "content": ""})
    assert response.status_code == 503
    assert b"The database schema is out of date." in response.data
    disconnect(app)


def test_reassigned_posts_include_those_that_the_new_owner_co_authored(app, people):
    ada, bob, admin = people(username="ada"), people(username="bob"), people("admin")
    ada.write("One", co_authors=[bob.id, admin.id])
    ada.write("Two")
    assert admin.delete(f"/users/{ada.id}?reassign_to={bob.id}").status_code == 204
    assert (count(app, OUT_OF_SYNC), count(app, ALL)) == (0, 3)


OLD = """
INSERT INTO users (username, username_key, display_name, role, is_active) VALUES ('a', 'a', 'A', 'author', true);
INSERT INTO posts (slug, title, author_id, status, published_at)
    SELECT 'live', 'Live', id, 'published', '2020-01-01' FROM users;
INSERT INTO posts (slug, title, author_id, status) SELECT 'draft', 'Draft', id, 'draft' FROM users;
INSERT INTO posts (slug, title, author_id, status, published_at, deleted_at)
    SELECT 'gone', 'Gone', id, 'published', '2020-01-01', '2020-01-02' FROM users
"""


def test_the_migration_adds_the_owners_of_existing_posts(empty_url, monkeypatch):
    monkeypatch.setattr(online, "BATCH", 2)
    app = make_app(empty_url)
    with app.app_context():
        upgrade(MIGRATIONS, "0012")
        with transaction() as session:
            for statement in OLD.split(";"):
                session.execute(text(statement))
        upgrade(MIGRATIONS)
        db.engine.dispose()
    assert (count(app, OUT_OF_SYNC), count(app, ALL)) == (0, 3)
    response = app.test_client().get("/api/v1/posts?author=a").json
    assert response is not None
    assert [post["slug"] for post in response["data"]] == ["live"]
    disconnect(app)
