"""Renamed files keep their posts, and files that are gone are reported."""

from __future__ import annotations

import pytest

from blog_api.models.posts import Post
from tests.services.helpers import count, noted


def gone(report):
    return noted(report, "file_gone")


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_renamed_file_keeps_its_post_and_takes_the_date_of_its_new_name(
    run, write, folder, posts, app, dry_run
):
    write("2020-01-01-a.md", "---\ntitle: A\n---\nText")
    run()
    before = posts()["2020-01-01-a.md"]
    (folder / "sub").mkdir()
    (folder / "2020-01-01-a.md").rename(folder / "sub" / "2020-02-02-b.md")
    report = run(dry_run=dry_run)
    assert report.summary == "created 0, updated 1, unchanged 0, refused 0"
    assert noted(report, "file_renamed") == [("2020-02-02-b.md", f"renamed, it was {folder}/2020-01-01-a.md")]
    assert count(app, Post.id) == 1
    if not dry_run:
        after = posts()["2020-02-02-b.md"]
        assert (after.id, after.slug, f"{after.published_at:%Y-%m-%d}") == (before.id, "a", "2020-02-02")
        assert run().unchanged == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [("title: A\nid: 7", "title: B\nid: 7"), ("title: A\nuuid: x-y", "title: B\nuuid: x-y")],
)
def test_a_renamed_and_changed_file_is_recognised_by_its_id(run, write, posts, app, before, after):
    path = write("a.md", f"---\n{before}\n---\nOld")
    run()
    path.unlink()
    write("b.md", f"---\n{after}\n---\nNew")
    assert run().updated == 1
    assert count(app, Post.id) == 1
    assert posts()["b.md"].title == "B"


def test_a_renamed_file_with_other_front_matter_is_recognised_by_its_content(run, write, app):
    path = write("a.md", "---\ntitle: A\n---\nText")
    run()
    path.unlink()
    write("b.md", "---\ntitle: B\n---\nText")
    assert run().updated == 1
    assert count(app, Post.id) == 1


def test_a_rename_that_several_files_fit_is_not_guessed(run, write, app):
    paths = [write(f"{name}.md", f"---\ntitle: {name}\n---\nSame") for name in "ab"]
    paths += [write(f"{name}.md", f"---\ntitle: {name}\n---\n") for name in "c"]
    run()
    for path in paths:
        path.unlink()
    write("new.md", "---\ntitle: new\n---\nSame")
    write("empty.md", "---\ntitle: empty\n---\n")
    report = run()
    assert (report.created, len(gone(report))) == (2, 3)


def test_a_renamed_file_of_an_edited_or_purged_post_creates_no_other_post(
    run, write, folder, posts, people, app
):
    write("edited.md", content="One.")
    write("purged.md", content="Two.")
    run()
    admin, found = people("admin"), posts()
    admin.patch(f"/posts/{found['edited.md'].id}", {"title": "Edited"})
    admin.delete(f"/posts/{found['purged.md'].id}?force=true")
    for name in ("edited", "purged"):
        (folder / f"{name}.md").rename(folder / f"{name}-2.md")
    assert run().summary == "created 0, updated 0, unchanged 0, refused 0, skipped 1, purged 1"
    assert count(app, Post.id) == 1


def test_a_file_that_is_gone_is_reported_each_time_and_its_post_kept(run, write, client):
    path = write()
    write("other.md", content="Other.")
    run()
    path.unlink()
    for _ in range(2):
        report = run()
        assert report.summary == "created 0, updated 0, unchanged 1, refused 0, gone 1"
        assert gone(report) == [("hello.md", "the file is gone; its post stays published")]
    assert len(client.get("/api/v1/posts").json["data"]) == 2


@pytest.mark.parametrize(
    ("how", "reason"), [("draft", "its post is now a draft"), ("trash", "its post is now in the trash")]
)
def test_the_post_of_a_file_that_is_gone_is_withdrawn_until_the_file_is_back(
    run, write, client, posts, how, reason
):
    path = write()
    write("other.md", content="Other.")
    run()
    before = posts()["hello.md"]
    path.unlink()
    for dry_run in (True, False):
        assert gone(run(gone=how, dry_run=dry_run)) == [("hello.md", f"the file is gone; {reason}")]
    assert [post["slug"] for post in client.get("/api/v1/posts").json["data"]] == ["other"]
    run(gone=how)
    write()
    assert run(gone=how).updated == 1
    after = posts()["hello.md"]
    assert (after.id, after.status, after.deleted_at) == (before.id, "published", None)


def test_the_edited_post_of_a_file_that_is_gone_stays(run, write, posts, people, client):
    path = write()
    write("other.md", content="Other.")
    run()
    people("editor").patch(f"/posts/{posts()['hello.md'].id}", {"title": "Edited"})
    path.unlink()
    reason = "the file is gone; its post stays published, because it was edited in the blog"
    assert gone(run(gone="trash")) == [("hello.md", reason)]
    assert len(client.get("/api/v1/posts").json["data"]) == 2


def test_an_empty_folder_withdraws_nothing(run, write, client):
    path = write()
    run()
    path.unlink()
    report = run(gone="trash")
    (note,) = report.entries
    assert note.detail.startswith("there are no Markdown files")
    assert len(client.get("/api/v1/posts").json["data"]) == 1
