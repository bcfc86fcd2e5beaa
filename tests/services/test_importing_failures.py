"""Failures of a file, a batch or a run do not affect the rest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from blog_api.crud import imports as crud
from blog_api.crud.posts import bulk as bulk_crud
from blog_api.crud.posts import write as posts_crud
from blog_api.crud.slugs import taken_slugs
from blog_api.database.session import db, transaction
from blog_api.models.imports import ImportedFile
from blog_api.models.posts import Post
from blog_api.models.tags import Tag
from blog_api.models.users import User
from blog_api.problems import Conflict
from blog_api.services.importing import importer as importing
from tests.services.helpers import count, folder_import, reasons


def test_a_refused_file_is_imported_after_it_is_fixed(run, write):
    write(whole="---\ntitle: [a]\n---\n")
    assert run().summary == "created 0, updated 0, unchanged 0, refused 1"
    write()
    assert run().summary == "created 1, updated 0, unchanged 0, refused 0"


def test_a_post_is_unchanged_if_its_file_is_refused(run, write, posts):
    write()
    run()
    before = posts()
    write(whole="---\ntitle: [a]\n---\n")
    assert run().summary == "created 0, updated 0, unchanged 0, refused 1"
    assert posts() == before


def test_a_dry_run_changes_nothing_and_reports_the_same_counts(run, write, app, monkeypatch):
    write("changes.md")
    write("stays.md")
    run()
    users, tags = count(app, User.id), count(app, Tag.id)
    write("changes.md", "---\ntitle: New\nauthor: grace\ntags: [three]\n---\n")
    write("new.md", "---\ntitle: A\nauthor: joan\n---\n")
    write("bad.md", "")
    planned = run(dry_run=True)
    assert planned.summary == "created 1, updated 1, unchanged 1, refused 1"
    assert (count(app, Post.id), count(app, User.id), count(app, Tag.id)) == (2, users, tags)
    assert run().summary == planned.summary


def test_a_file_that_the_database_refuses_does_not_affect_the_rest_of_the_batch(
    run, write, app, database_url, posts
):
    for name in ("a", "b", "c"):
        write(f"{name}.md", f"---\ntitle: {name}\nauthor: author {name}\n---\n")
    with app.app_context(), transaction():
        forbid_title_b(database_url)
    try:
        report = run()
    finally:
        with app.app_context(), transaction():
            allow_title_b(database_url)
    assert report.summary == "created 2, updated 0, unchanged 0, refused 1"
    assert list(reasons(report)) == ["b.md"]
    assert {name: post.username for name, post in posts().items()} == {"a.md": "author-a", "c.md": "author-c"}
    assert run().summary == "created 1, updated 0, unchanged 2, refused 0"


def forbid_title_b(database_url):
    if database_url.startswith("sqlite"):
        action = "WHEN NEW.title = 'b' BEGIN SELECT RAISE(ABORT, 'no b'); END"
    else:
        body = "$$BEGIN RAISE EXCEPTION 'no b'; END$$"
        db.session.execute(text(f"CREATE FUNCTION no_b() RETURNS trigger LANGUAGE plpgsql AS {body}"))
        action = "FOR EACH ROW WHEN (NEW.title = 'b') EXECUTE FUNCTION no_b()"
    db.session.execute(text(f"CREATE TRIGGER no_b BEFORE INSERT ON posts {action}"))


def allow_title_b(database_url):
    if database_url.startswith("sqlite"):
        db.session.execute(text("DROP TRIGGER no_b"))
    else:
        db.session.execute(text("DROP FUNCTION no_b CASCADE"))


def test_a_concurrently_edited_post_is_refused_and_updated_by_the_next_run(
    run, write, app, posts, monkeypatch
):
    write("a.md")
    write("b.md")
    run()
    write("a.md", title="New")
    write("b.md", title="New")
    update = posts_crud.update_post

    def update_after_edit(post, changes):
        if post.slug == "a":
            db.session.execute(text("UPDATE posts SET version = version + 1 WHERE slug = 'a'"))
        update(post, changes)

    monkeypatch.setattr(posts_crud, "update_post", update_after_edit)
    assert run().summary == "created 0, updated 1, unchanged 0, refused 1"
    monkeypatch.undo()
    assert run().summary == "created 0, updated 1, unchanged 1, refused 0"
    assert posts()["a.md"].title == "New"


def test_a_lost_database_stops_the_run_and_keeps_earlier_batches(run, write, app, monkeypatch):
    for number in range(5):
        write(f"{number}.md")
    monkeypatch.setattr(importing, "BATCH", 2)
    create, calls = bulk_crud.create_posts, []

    def failing(new):
        calls.append(new)
        if len(calls) == 2:
            raise OperationalError("INSERT", {}, Exception("server closed the connection unexpectedly"))
        return create(new)

    monkeypatch.setattr(bulk_crud, "create_posts", failing)
    with pytest.raises(OperationalError):
        run()
    assert count(app, Post.id) == 2
    assert run().summary == "created 3, updated 0, unchanged 2, refused 0"


def test_rerunning_an_interrupted_import_creates_no_duplicates(run, write, app, monkeypatch):
    for number in range(7):
        write(f"{number}.md")
    monkeypatch.setattr(importing, "BATCH", 3)
    create, calls = bulk_crud.create_posts, []

    def interrupted(new):
        calls.append(new)
        if len(calls) == 2:
            create(new)
            raise KeyboardInterrupt
        return create(new)

    monkeypatch.setattr(bulk_crud, "create_posts", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert count(app, Post.id) == 3
    monkeypatch.undo()
    assert run().summary == "created 4, updated 0, unchanged 3, refused 0"
    assert count(app, Post.id) == count(app, ImportedFile.source) == 7


def test_a_concurrently_taken_slug_gets_a_suffix(run, write, people, posts, monkeypatch):
    write("a.md")
    write("b.md")
    ada = people()

    def taken_slugs_then_insert(*args):
        taken = taken_slugs(*args)
        # On SQLite the import blocks all other writers, so insert in its transaction.
        db.session.execute(
            text(
                "INSERT INTO posts (slug, title, author_id, version) "
                "SELECT 'a', 'Mine', id, 1 FROM users WHERE username_key = :name"
            ),
            {"name": ada.username},
        )
        return taken

    monkeypatch.setattr("blog_api.crud.posts.bulk.taken_slugs", taken_slugs_then_insert)
    assert run().summary == "created 2, updated 0, unchanged 0, refused 0"
    assert {name: post.slug for name, post in posts().items()} == {"a.md": "a-2", "b.md": "b"}


def test_overlapping_imports_create_no_duplicates_even_without_the_lock(
    write, folder, app, parallel, monkeypatch
):
    for number in range(20):
        write(f"{number}.md", title=f"Title {number}")
    # As if each of them had started before the others.
    monkeypatch.setattr(crud, "find_imported_files", lambda _sources: {})

    def run_import(_):
        with parallel.app_context():
            try:
                return folder_import(app, folder, "posts").run().created
            except Conflict as error:
                return error.detail

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(run_import, range(3)))
    assert count(app, Post.id) == count(app, ImportedFile.source) == 20
    outcomes.remove(20)
    assert all("Another import is running and has added posts/" in outcome for outcome in outcomes)
