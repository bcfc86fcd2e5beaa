"""The commands `seed` and `import-markdown`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import func, select

from blog_api.database.exclusive import exclusive
from blog_api.database.session import db, reading
from blog_api.models.posts import Post
from blog_api.models.users import User

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


def test_seed_adds_defaults_and_prints_the_numbers(command, app):
    result = command("seed")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "Added 5 users, 100 posts and up to 20 tags.\n"
    assert (count(app, User.id), count(app, Post.id)) == (5, 100)


def test_seed_uses_the_given_numbers(command, app):
    assert command("seed", "--users", "1", "--posts", "0", "--tags", "0").exit_code == 0
    assert (count(app, User.id), count(app, Post.id)) == (1, 0)


def test_seed_does_not_run_in_production(command, app, monkeypatch):
    monkeypatch.setitem(app.config, "APP_ENV", "production")
    result = command("seed")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: seed does not run in production (APP_ENV=production).\n",
    )
    assert count(app, User.id) == 0


@pytest.mark.parametrize("option", ["--users=0", "--posts=-1", "--tags=x", "--posts=100000000"])
def test_seed_rejects_invalid_numbers(command, app, option):
    result = command("seed", option)
    assert result.exit_code == 2
    assert f"Invalid value for '{option.partition('=')[0]}'" in result.stderr
    assert count(app, User.id) == 0


def test_import_markdown_prints_a_summary(command, folder):
    result = command("import-markdown", str(folder))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "created 1, updated 0, unchanged 0, refused 0\n"
    assert command("import-markdown", str(folder)).stdout == "created 0, updated 0, unchanged 1, refused 0\n"


def test_import_markdown_lists_refused_files_and_drafts(command, folder):
    (folder / "bad.md").write_text("---\ntitle: [a]\n---\n")
    (folder / "draft.md").write_text("---\ntitle: Later\n---\n")
    result = command("import-markdown", str(folder))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"refused: {folder}/bad.md:2: title must be text [value_invalid]",
        f"note: {folder}/draft.md:1: no date, so the post is a draft [date_missing]",
        "created 2, updated 0, unchanged 0, refused 1",
    ]


def test_import_markdown_lists_posts_edited_in_the_blog(command, folder, people, client):
    command("import-markdown", str(folder))
    (post,) = client.get("/api/v1/posts").json["data"]
    assert people("editor").patch(f"/posts/{post['id']}", {"title": "Edited"}).status_code == 200
    (folder / "hello.md").write_text(FILE + "More.")
    assert command("import-markdown", str(folder)).stdout.splitlines() == [
        f"note: {folder}/hello.md:1: the post was edited or deleted in the blog [edited_in_blog]",
        "created 0, updated 0, unchanged 0, refused 0, skipped 1",
    ]
    last = command("import-markdown", str(folder), "--overwrite").stdout.splitlines()[-1]
    assert last == "created 0, updated 1, unchanged 0, refused 0"


def test_a_dry_run_says_that_nothing_was_changed(command, folder, app):
    result = command("import-markdown", str(folder), "--dry-run")
    assert result.stdout.splitlines() == [
        "Dry run, nothing was changed. Expected result:",
        "created 1, updated 0, unchanged 0, refused 0",
    ]
    assert (count(app, Post.id), count(app, User.id)) == (0, 0)


def test_authors_are_read_from_a_folder_of_profiles(command, folder, client, tmp_path):
    authors = tmp_path / "authors"
    authors.mkdir()
    (authors / "ada.md").write_text("---\nname: Ada Lovelace\n---\n")
    (authors / "nobody.md").write_text("---\n---\n")
    result = command("import-markdown", str(folder), "--authors", str(authors))
    assert f"refused: {authors}/nobody.md:1: name is missing [name_missing]" in result.stdout
    (post,) = client.get("/api/v1/posts").json["data"]
    assert post["author"]["display_name"] == "Ada Lovelace"


def test_the_default_author_and_the_folder_name_are_options(command, folder, client, tmp_path):
    (folder / "hello.md").write_text("---\ntitle: Hello\ndate: 2020-05-01\n---\n")
    options = ("--default-author", "grace", "--name", "blog")
    assert command("import-markdown", str(folder), *options).exit_code == 0
    (post,) = client.get("/api/v1/posts").json["data"]
    assert post["author"]["username"] == "grace"
    moved = folder.rename(tmp_path / "moved")
    assert "unchanged 1" in command("import-markdown", str(moved), *options).stdout


def test_different_spellings_of_a_path_are_the_same_folder(command, folder, monkeypatch):
    command("import-markdown", str(folder))
    monkeypatch.chdir(folder)
    assert "unchanged 1" in command("import-markdown", ".").stdout
    assert "unchanged 1" in command("import-markdown", f"../{folder.name}/").stdout


def test_strict_fails_if_anything_was_refused(command, folder, tmp_path):
    assert command("import-markdown", str(folder), "--strict").exit_code == 0
    (folder / "bad.md").write_text("")
    assert command("import-markdown", str(folder)).exit_code == 0
    for options in ((), ("--dry-run",)):
        result = command("import-markdown", str(folder), "--strict", *options)
        assert (result.exit_code, result.stderr) == (1, "")
        assert result.stdout.splitlines()[-1] == "created 0, updated 0, unchanged 1, refused 1"


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
def test_the_report_says_which_accounts_get_the_posts(command, folder, people, client, dry_run):
    people("admin", username="ada")
    result = command("import-markdown", str(folder), *dry_run)
    assert result.stdout.splitlines()[0] == (
        f"note: {folder}:1: ada is not the existing account ada, so the posts go to ada-2; "
        "to change that: --map-author 'ada=ada' [author_not_mapped]"
    )
    result = command("import-markdown", str(folder), "--map-author", "ADA=ada", *dry_run)
    line = f"note: {folder}:1: the posts of ADA go to the account ada [author_mapped]"
    assert result.stdout.splitlines()[0] == line
    posts = client.get("/api/v1/posts").json["data"]
    assert [post["author"]["username"] for post in posts] == ([] if dry_run else ["ada"])


@pytest.mark.parametrize("mapping", ["ada", "=ada", "ada=nobody", ""])
def test_an_invalid_mapping_of_an_author_is_a_usage_error(command, folder, app, mapping):
    result = command("import-markdown", str(folder), "--map-author", mapping)
    assert result.exit_code == 2
    assert "Invalid value for '--map-author'" in result.stderr
    assert count(app, Post.id) == 0


def test_the_default_author_of_the_operator_is_an_existing_account(command, folder, people, client):
    people("editor", username="editors")
    (folder / "hello.md").write_text("---\ntitle: Hello\ndate: 2020-05-01\n---\n")
    assert command("import-markdown", str(folder), "--default-author", "Editors").exit_code == 0
    (post,) = client.get("/api/v1/posts").json["data"]
    assert post["author"]["username"] == "editors"


@pytest.mark.parametrize("arguments", [("import-markdown", "{folder}"), ("seed",), ("reset-db", "--yes")])
def test_commands_that_must_not_overlap_fail_while_another_is_running(command, folder, app, arguments):
    with app.app_context(), exclusive():
        result = command(*(argument.format(folder=folder) for argument in arguments))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Another import, seed or reset-db is running on this database." in result.stderr
    assert (count(app, Post.id), count(app, User.id)) == (0, 0)


def test_the_time_zone_is_an_option(command, folder, client):
    arguments = ("import-markdown", str(folder), "--timezone")
    assert "'Mars/Base' is not a time zone" in command(*arguments, "Mars/Base").stderr
    for zone, published_at in (
        ("Europe/Paris", "2020-04-30T22:00:00Z"),
        ("America/New_York", "2020-05-01T04:00:00Z"),
    ):
        assert command(*arguments, zone).exit_code == 0
        (post,) = client.get("/api/v1/posts").json["data"]
        assert post["published_at"] == published_at


@pytest.mark.parametrize("arguments", [(), ("no-such-folder",), ("hello.md",)])
def test_a_missing_or_invalid_folder_is_a_usage_error(command, folder, monkeypatch, arguments):
    monkeypatch.chdir(folder)
    assert command("import-markdown", *arguments).exit_code == 2


@pytest.mark.parametrize("name", [b"created 9,\nupdated.md", b"\x1b[2J.md", b"\xff.md", b"\xe2\x80\xae.md"])
def test_file_names_cannot_forge_lines_or_control_the_terminal(command, folder, name):
    Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("---\ntitle: [a]\n---\n")
    result = command("import-markdown", str(folder))
    assert result.exit_code == 0
    issue, last = result.stdout.splitlines()
    assert issue.startswith(f"refused: {folder}/")
    assert issue.isprintable()
    assert last == "created 1, updated 0, unchanged 0, refused 1"


def test_file_contents_cannot_forge_lines(command, folder):
    (folder / "bad.md").write_text('---\ntitle: A\nslug: a\npublished: "x\\ncreated 9, \\e[2J"\n---\n')
    issue, last = command("import-markdown", str(folder)).stdout.splitlines()
    assert issue.isprintable()
    assert last == "created 2, updated 0, unchanged 0, refused 0"
