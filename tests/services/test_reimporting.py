"""Importing again does not undo edits made in the blog, except with `overwrite`."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from blog_api.crud import imports as crud
from blog_api.database.session import db, transaction
from blog_api.models.imports import ImportedFile
from blog_api.models.posts import Post
from tests.services.helpers import count, noted

SKIPPED = ("hello.md", "the post was edited or deleted in the blog")


def skipped(report):
    return noted(report, "edited_in_blog")


@pytest.fixture
def imported(run, write, posts, people):
    """Import one file. Return the API path of its post, and an admin."""
    write()
    assert run().created == 1
    return f"/posts/{posts()['hello.md'].id}", people("admin")


def test_edits_in_the_blog_stay_while_the_file_is_unchanged(run, posts, imported):
    path, admin = imported
    assert admin.patch(path, {"title": "Edited"}).status_code == 200
    report = run()
    assert report.summary == "created 0, updated 0, unchanged 1, refused 0"
    assert posts()["hello.md"].title == "Edited"


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(
    "change",
    [
        {"title": "Edited"},
        {"status": "draft", "published_at": None},
        {"tags": ["mine"]},
        {"status": "archived"},
    ],
)
def test_an_edited_post_is_skipped_and_reported_each_time(run, write, posts, imported, change, dry_run):
    path, admin = imported
    assert admin.patch(path, change).status_code == 200
    before = posts()["hello.md"]
    write(content="New.")
    for _ in range(2):
        report = run(dry_run=dry_run)
        assert report.summary == "created 0, updated 0, unchanged 0, refused 0, skipped 1"
        assert skipped(report) == [SKIPPED]
        assert posts()["hello.md"] == before


def test_overwrite_replaces_an_edited_post(run, write, posts, imported):
    path, admin = imported
    admin.patch(path, {"title": "Edited", "status": "draft", "published_at": None})
    assert run(overwrite=True, dry_run=True).updated == 1
    assert posts()["hello.md"].title == "Edited"
    # Even if the file has not changed.
    assert run(overwrite=True).summary == "created 0, updated 1, unchanged 0, refused 0"
    post = posts()["hello.md"]
    assert (post.title, post.status, post.published_at.year) == ("Hello", "published", 2020)
    assert run(overwrite=True).unchanged == 1
    write(content="New.")
    assert run().updated == 1
    assert posts()["hello.md"].content == "New."


def test_a_deleted_post_stays_in_the_trash_when_its_file_changes(run, write, posts, client, imported):
    path, admin = imported
    assert admin.delete(path).status_code == 204
    write(content="New.")
    assert skipped(run()) == [SKIPPED]
    assert run(overwrite=True).updated == 1
    assert (posts()["hello.md"].content, client.get("/api/v1/posts").json["data"]) == ("New.", [])


def test_a_permanently_deleted_post_is_not_created_again(run, write, app, imported):
    path, admin = imported
    assert admin.delete(f"{path}?force=true").status_code == 204
    write("other.md")
    for overwrite in (False, True):
        write(content=f"New {overwrite}.")
        assert run(overwrite=overwrite).summary.endswith("refused 0, purged 1")
    assert (count(app, Post.id), count(app, ImportedFile.source)) == (1, 2)


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [("date: 2020-01-01", "date: 2020-01-01\ndraft: true", "draft"),
     ("date: 2020-01-01", "date: 2020-01-01\nhidden: true", "draft"),
     ("date: 2020-01-01", "date: 2020-01-01\npublishDate: 2999-01-01", "scheduled"),
     ("date: 2020-01-01\ndraft: true", "date: 2020-01-01", "published"),
     ("weight: 1", "date: 2020-01-01", "published"),
     ("date: 2999-01-01", "date: 2020-01-01", "published")],
)  # fmt: skip
def test_an_unedited_post_follows_the_status_of_its_file(run, write, posts, people, before, after, status):
    write(whole=f"---\ntitle: A\n{before}\n---\n")
    run()
    path, editor = f"/posts/{posts()['hello.md'].id}", people("editor")
    old = editor.get(path).json["status"]
    assert old != status
    write(whole=f"---\ntitle: B\n{after}\n---\n")
    report = run()
    detail = f"the post was {old} and is now {status}"
    assert noted(report, "status_changed") == [("hello.md", detail)]
    new = editor.get(path).json
    assert (report.updated, new["title"], new["status"]) == (1, "B", status)


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_date_added_to_a_file_does_not_publish_an_edited_post(run, write, posts, client, people, dry_run):
    write(whole="---\ntitle: A\n---\n")
    run()
    people("editor").patch(f"/posts/{posts()['hello.md'].id}", {"title": "Not yet"})
    write(whole="---\ntitle: A\ndate: 2020-01-01\n---\n")
    assert skipped(run(dry_run=dry_run)) == [SKIPPED]
    assert client.get("/api/v1/posts").json["data"] == []


def test_a_new_date_that_keeps_the_status_is_applied(run, write, posts):
    write(whole="---\ntitle: A\ndate: 2020-01-01\n---\n")
    run()
    write(whole="---\ntitle: A\ndate: 2021-01-01\n---\n")
    report = run()
    assert (report.updated, report.entries, posts()["hello.md"].published_at.year) == (1, [], 2021)


def test_a_post_edited_during_the_import_is_refused(run, write, posts, imported, monkeypatch):
    find = crud.find_imported_files

    def find_stale_files(sources):
        known = find(sources)
        return {source: file._replace(version=7, post_version=7) for source, file in known.items()}

    monkeypatch.setattr(crud, "find_imported_files", find_stale_files)
    write(content="New.")
    (refusal,) = run().entries
    assert "changed or deleted in the meantime" in refusal.detail
    assert (refusal.code, refusal.post_id) == ("changed_meanwhile", posts()["hello.md"].id)
    assert posts()["hello.md"].content == "Text."


def test_a_post_of_unknown_version_is_skipped(run, write, app, imported):
    with app.app_context(), transaction():
        db.session.execute(text("UPDATE imported_files SET post_version = 0"))
    write(content="New.")
    assert skipped(run()) == [SKIPPED]


@pytest.fixture
def named(client):
    """Return a function that reads the tag names of a post by slug."""
    return lambda slug: [tag["name"] for tag in client.get(f"/api/v1/posts/slug/{slug}").json["tags"]]


def ids_of_tags(person):
    """Return the ids of all tags by name."""
    return {tag["name"]: tag["id"] for tag in person.get("/tags").json["data"]}


@pytest.fixture
def renamed(run, write, people):
    """Import a file and rename its tag `one`. Return the editor, and the tag ids from before."""
    write()
    run()
    editor = people("editor")
    tags = ids_of_tags(editor)
    assert editor.patch(f"/tags/{tags['one']}", json={"name": "First"}).status_code == 200
    return editor, tags


def test_an_import_does_not_undo_the_renaming_of_a_tag(renamed, run, write, named):
    editor, tags = renamed
    assert run().unchanged == 1
    assert named("hello") == ["First", "two"]
    write(content="New.")
    write("other.md", title="Other")
    assert run().summary == "created 1, updated 1, unchanged 0, refused 0"
    assert (named("hello"), named("other")) == (["First", "two"], ["First", "two"])
    run(overwrite=True)
    assert ids_of_tags(editor) == {"First": tags["one"], "two": tags["two"]}


def test_a_merged_or_renamed_tag_is_found_by_all_its_former_names(run, write, people, named, client):
    write(whole="---\ntitle: A\ndate: 2020-01-01\ntags: [One]\n---\n")
    write("b.md", whole="---\ntitle: B\ndate: 2020-01-01\ntags: [Two]\n---\n")
    run()
    editor = people("editor")
    tags = ids_of_tags(editor)
    for name in ("Uno", "Eins", "Un"):
        editor.patch(f"/tags/{tags['One']}", json={"name": name})
    assert editor.post(f"/tags/{tags['One']}/merge", json={"into": tags["Two"]}).status_code == 200
    for number, name in enumerate(("ONE", "uno", "eins", "un", "two, one, Eins")):
        write(f"new-{number}.md", whole=f"---\ntitle: New {number}\ndate: 2020-01-01\ntags: {name}\n---\n")
    assert run().summary.startswith("created 5, updated 0, unchanged 2, refused 0")
    assert [named(f"new-{number}") for number in range(5)] == [["Two"]] * 5
    assert [tag["name"] for tag in client.get("/api/v1/tags").json["data"]] == ["Two"]


def test_a_former_name_in_use_by_another_tag_means_that_tag(renamed, run, write, people, named):
    assert people().write("Mine", tags=["ONE"])["tags"][0]["name"] == "ONE"
    write("other.md", title="Other")
    run()
    assert (named("hello"), named("other")) == (["First", "two"], ["ONE", "two"])


def test_a_former_name_of_a_deleted_tag_creates_a_new_tag(renamed, run, write, named):
    editor, tags = renamed
    assert editor.delete(f"/tags/{tags['one']}").status_code == 204
    write("other.md", title="Other")
    assert run().created == 1
    assert (named("hello"), named("other")) == (["two"], ["one", "two"])
