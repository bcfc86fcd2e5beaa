"""The commands that bring posts in: what they print, how they end, and that they can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from blog_api.database.session import db, reading
from blog_api.models import ImportedFile, Post, User
from blog_api.services.importing.importer import BATCH
from config import PROJECT, SETTINGS
from tests.apps import SECRET

FILE = "---\ntitle: Hello\ndate: 2020-05-01\nauthor: ada\n---\nText.\n"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "posts"
    path.mkdir()
    (path / "hello.md").write_text(FILE)
    return path


def count(app, column):
    with app.app_context(), reading():
        return db.session.execute(select(func.count(column))).scalar_one()


def test_seed_adds_a_few_and_says_how_many(command, app):
    result = command("seed")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "Added 5 users, 100 posts and up to 20 tags.\n"
    assert (count(app, User.id), count(app, Post.id)) == (5, 100)


def test_seed_takes_the_numbers(command, app):
    assert command("seed", "--users", "1", "--posts", "0", "--tags", "0").exit_code == 0
    assert (count(app, User.id), count(app, Post.id)) == (1, 0)


@pytest.mark.parametrize("option", ["--users=0", "--posts=-1", "--tags=x", "--posts=100000000"])
def test_seed_refuses_numbers_that_make_no_sense(command, app, option):
    result = command("seed", option)
    assert result.exit_code == 2
    assert f"Invalid value for '{option.partition('=')[0]}'" in result.stderr
    assert count(app, User.id) == 0


def test_import_markdown_ends_with_the_numbers(command, folder):
    result = command("import-markdown", str(folder))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "made 1, updated 0, unchanged 0, refused 0\n"
    assert command("import-markdown", str(folder)).stdout == "made 0, updated 0, unchanged 1, refused 0\n"


def test_import_markdown_tells_of_each_file_that_is_refused_and_of_drafts(command, folder):
    (folder / "bad.md").write_text("---\n---\n")
    (folder / "draft.md").write_text("---\ntitle: Later\n---\n")
    result = command("import-markdown", str(folder))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"refused: {folder}/bad.md:1: there is no title",
        f"note: {folder}/draft.md:1: has no date, so it is a draft",
        "made 2, updated 0, unchanged 0, refused 1",
    ]


def test_import_markdown_tells_of_posts_that_were_changed_in_the_blog(command, folder, people, client):
    command("import-markdown", str(folder))
    (post,) = client.get("/api/v1/posts").json["data"]
    assert people("editor").patch(f"/posts/{post['id']}", {"title": "Edited"}).status_code == 200
    (folder / "hello.md").write_text(FILE + "More.")
    assert command("import-markdown", str(folder)).stdout.splitlines() == [
        f"left alone: {folder}/hello.md:1: its post was changed or deleted in the blog",
        "made 0, updated 0, unchanged 0, refused 0, left alone 1",
    ]
    last = command("import-markdown", str(folder), "--overwrite").stdout.splitlines()[-1]
    assert last == "made 0, updated 1, unchanged 0, refused 0"


def test_a_dry_run_says_that_nothing_was_changed(command, folder, app):
    result = command("import-markdown", str(folder), "--dry-run")
    assert result.stdout.splitlines() == [
        "Nothing was changed (--dry-run). It would be:",
        "made 1, updated 0, unchanged 0, refused 0",
    ]
    assert (count(app, Post.id), count(app, User.id)) == (0, 0)


def test_authors_come_from_a_folder_of_profiles(command, folder, client, tmp_path):
    authors = tmp_path / "authors"
    authors.mkdir()
    (authors / "ada.md").write_text("---\nname: Ada Lovelace\n---\n")
    (authors / "nobody.md").write_text("---\n---\n")
    result = command("import-markdown", str(folder), "--authors", str(authors))
    assert f"profile not read: {authors}/nobody.md:1: there is no name" in result.stdout
    (post,) = client.get("/api/v1/posts").json["data"]
    assert post["author"]["display_name"] == "Ada Lovelace"


def test_the_default_author_and_the_name_of_the_folder_can_be_chosen(command, folder, client, tmp_path):
    (folder / "hello.md").write_text("---\ntitle: Hello\ndate: 2020-05-01\n---\n")
    options = ("--default-author", "grace", "--name", "blog")
    assert command("import-markdown", str(folder), *options).exit_code == 0
    (post,) = client.get("/api/v1/posts").json["data"]
    assert post["author"]["username"] == "grace"
    moved = folder.rename(tmp_path / "moved")
    assert "unchanged 1" in command("import-markdown", str(moved), *options).stdout


def test_a_folder_is_the_same_however_it_is_written(command, folder, monkeypatch):
    command("import-markdown", str(folder))
    monkeypatch.chdir(folder)
    assert "unchanged 1" in command("import-markdown", ".").stdout
    assert "unchanged 1" in command("import-markdown", f"../{folder.name}/").stdout


@pytest.mark.parametrize("arguments", [(), ("no-such-folder",), ("hello.md",)])
def test_what_is_no_folder_is_a_mistake_of_usage(command, folder, monkeypatch, arguments):
    monkeypatch.chdir(folder)
    assert command("import-markdown", *arguments).exit_code == 2


@pytest.mark.parametrize("name", [b"made 9,\nupdated.md", b"\x1b[2J.md", b"\xff.md", b"\xe2\x80\xae.md"])
def test_no_name_of_a_file_can_forge_a_line_or_speak_to_the_terminal(command, folder, name):
    Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("---\n---\n")
    result = command("import-markdown", str(folder))
    assert result.exit_code == 0
    refused, last = result.stdout.splitlines()
    assert refused.startswith(f"refused: {folder}/")
    assert refused.isprintable()
    assert last == "made 1, updated 0, unchanged 0, refused 1"


def test_the_text_of_a_file_cannot_forge_a_line_either(command, folder):
    (folder / "bad.md").write_text('---\ntitle: A\ndate: "x\\nmade 9, \\e[2J"\n---\n')
    refused, last = command("import-markdown", str(folder)).stdout.splitlines()
    assert refused.isprintable()
    assert last == "made 1, updated 0, unchanged 0, refused 1"


def test_an_import_that_is_killed_doubles_nothing_when_it_is_run_again(command, folder, app, database_url):
    number = 3 * BATCH
    for n in range(number - 1):
        (folder / f"{n}.md").write_text(FILE)
    environment = {**os.environ, **dict.fromkeys(SETTINGS, "")}
    environment |= {"APP_ENV": "testing", "SECRET_KEY": SECRET, "DATABASE_URL": database_url}
    arguments = [sys.executable, "-m", "flask", "--app", "wsgi", "import-markdown", str(folder)]
    with subprocess.Popen(arguments, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while count(app, Post.id) == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    made = count(app, Post.id)
    assert 0 < made < number
    assert made % BATCH == 0
    assert command("import-markdown", str(folder)).stdout == (
        f"made {number - made}, updated 0, unchanged {made}, refused 0\n"
    )
    assert count(app, Post.id) == count(app, ImportedFile.source) == number
