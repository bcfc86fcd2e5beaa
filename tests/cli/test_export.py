"""The command that exports the blog."""

from __future__ import annotations

import errno
import json
import stat

import pytest

from blog_api.services.exporting.exporter import Exporter
from blog_api.services.exporting.folders import new_folder
from tests.exported_blog import fill, read_files, read_table
from tests.pictures import upload
from tests.stored_media import use_own_store


@pytest.fixture
def stored(app, sql, tmp_path, monkeypatch):
    return use_own_store(app, sql, tmp_path, monkeypatch)


@pytest.fixture
def export(command, tmp_path):
    """Export to a folder, and return it with the report."""

    def run(format_, *options, folder=tmp_path / "out", status=0):
        report = tmp_path / "report.json"
        arguments = (str(folder), "--format", format_, "--report", str(report), *options)
        result = command("export", *arguments)
        assert result.exit_code == status, result.output
        return folder, json.loads(report.read_text())

    return run


def test_a_markdown_export_has_posts_profiles_and_tables(export, people, stored):
    fill(people)
    folder, report = export("markdown")
    assert report["counts"] == {
        "authors": 2,
        "posts": 7,
        "tags": 2,
        "redirects": 1,
        "pictures": 2,
        "refused": 0,
    }
    left_out = {
        entry["source"]: entry["detail"] for entry in report["entries"] if entry["code"] == "left_out"
    }
    assert left_out["comments"] == "3 comments"
    assert left_out["sessions"] == "3 sessions"
    files = read_files(folder)
    assert {name for name in files if not name.startswith("media/")} == {
        *(
            "blog.json",
            "media.ndjson",
            "redirects.ndjson",
            "tags.ndjson",
            "authors/ada.l.md",
            "authors/root.md",
        ),
        *("posts/all-of-it.md", "posts/null.md", "posts/later.md", "posts/talk.md", "pages/about-us.md"),
        *("trash/gone.md", "trash/gone~2.md"),
    }
    pictures = {
        name.removeprefix("media/"): data for name, data in files.items() if name.startswith("media/")
    }
    assert pictures == read_files(stored.store.path)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}
    assert modes == {0o600, 0o700}
    for name in ("posts/null.md", "trash/gone.md"):
        assert b"\ndraft: true\n" in files[name]
    assert b"draft" not in files["posts/later.md"]


@pytest.mark.usefixtures("stored")
def test_an_ndjson_export_has_all_tables(export, people):
    fill(people)
    folder, _ = export("ndjson")
    posts = read_table(folder, "posts")
    assert [post["slug"] for post in posts][:2] == ["all-of-it", "about-us"]
    (post,) = [post for post in posts if post["slug"] == "all-of-it"]
    assert post["authors"] == ["ada.l", "root"]
    assert post["aliases"] == ["/old/"]
    assert post["published_at"] == "2020-05-01T12:00:00.500000Z"
    assert post["former_slugs"] == [{"slug": "everything", "public_at": "2020-05-01T12:00:00.500000Z"}]
    first, other, reply = read_table(folder, "comments")
    assert (other["author"], other["guest_name"]) == (None, None)
    assert (first["parent"], reply["parent"]) == (None, 1)
    assert posts[first["post"] - 1]["slug"] == "talk"
    assert read_table(folder, "tags")[1]["former_names"] == ["opensource"]
    assert [user["former_usernames"] for user in read_table(folder, "users")] == [[], ["ada"], [], []]
    assert [row["username"] for row in read_table(folder, "reserved_usernames")] == ["erased", "erased-2"]
    assert [like["user"] for like in read_table(folder, "likes")] == ["grace"]
    assert [row["author"] for row in read_table(folder, "follows")] == ["ada.l"]
    secrets = b"password token hash ip guest_email session jti".split()
    assert not [
        name for name, data in read_files(folder).items() for word in secrets if b'"%b"' % word in data
    ]


def test_a_picture_without_its_file_is_reported(export, people, stored):
    upload(people())
    lost = next(iter(stored.sizes()))
    (stored.store.path / lost).unlink()
    _, report = export("markdown", "--strict", status=1)
    (entry,) = [entry for entry in report["entries"] if entry["level"] == "refused"]
    assert (entry["source"], entry["code"]) == (f"media/{lost}", "picture_missing")


@pytest.mark.usefixtures("app")
def test_the_folder_must_be_missing_or_empty(command, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    assert command("export", str(folder), "--format", "ndjson", "--dry-run").exit_code == 0
    assert list(tmp_path.iterdir()) == [folder]
    assert not list(folder.iterdir())
    assert command("export", str(folder), "--format", "ndjson").exit_code == 0
    result = command("export", str(folder), "--format", "ndjson")
    assert (result.exit_code, "is not empty" in result.stderr) == (1, True)
    result = command("export", str(tmp_path / "a" / "b"), "--format", "ndjson")
    assert (result.exit_code, "There is no folder" in result.stderr) == (1, True)


@pytest.mark.usefixtures("people")
def test_an_export_that_stops_leaves_nothing(app, command, people, tmp_path, monkeypatch):
    people("author").write()

    def fail(_post):
        raise KeyboardInterrupt

    monkeypatch.setattr("blog_api.services.exporting.markdown.write_post", fail)
    result = command("export", str(tmp_path / "out"), "--format", "markdown")
    assert result.exit_code == 1
    assert not list(tmp_path.glob("*out*")) + list(tmp_path.glob(".*"))


def test_an_export_is_a_snapshot(app, people, sql, tmp_path):
    people("author").write("Before")

    def change(posts, total):
        sql("UPDATE posts SET title = 'After'")
        sql("UPDATE users SET display_name = 'After'")
        assert total == 1
        return posts

    with app.app_context(), new_folder(tmp_path / "out") as folder:
        Exporter("ndjson", folder, app.extensions["media_store"], change).run()
    files = read_files(tmp_path / "out")
    assert b"Before" in files["posts.ndjson"]
    assert not [name for name, data in files.items() if b"After" in data]


def test_a_full_disk_is_reported(command, tmp_path, monkeypatch):
    def write(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("blog_api.services.exporting.folders.Folder.write", write)
    result = command("export", str(tmp_path / "blog"), "--format", "ndjson")
    assert (result.exit_code, result.stderr) == (1, "Error: No space left on device\n")
    assert list(tmp_path.iterdir()) == []
