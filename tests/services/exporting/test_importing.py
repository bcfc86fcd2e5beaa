"""Importing exports again, in part, and into blogs that have something already."""

from __future__ import annotations

import json
from importlib import import_module

import pytest

from tests.cli.helpers import run_command
from tests.exported_blog import fill, read_files, read_table
from tests.pictures import picture, upload
from tests.stored_media import StoredMedia


@pytest.fixture
def run(app, tmp_path):
    """Import a folder, and return the report."""

    def run_import(form, folder, *options):
        report = tmp_path / "report.json"
        result = run_command(app, f"import-{form}", str(folder), "--report", str(report), *options)
        assert result.exit_code == 0, result.output
        return json.loads(report.read_text())

    return run_import


def refusals(report):
    return [(entry["line"], entry["code"]) for entry in report["entries"] if entry["level"] == "refused"]


@pytest.mark.parametrize("form", ["markdown", "ndjson"])
def test_a_second_import_changes_nothing(form, people, empty, export, run):
    fill(people)
    folder = export("first", form)
    empty()
    tried = run(form, folder, "--dry-run")["counts"]
    assert (tried["created"], tried["pictures_uploaded"]) == (7, 2)
    assert run(form, folder)["counts"]["created"] == 7
    again = run(form, folder)["counts"]
    assert (again["created"], again["updated"], again["unchanged"], again["pictures_reused"]) == (0, 0, 7, 2)
    assert read_table(export("second", form), "tags") == read_table(folder, "tags")


def test_an_interrupted_import_continues(app, people, empty, export, run, monkeypatch):
    fill(people)
    folder = export("first", "ndjson")
    empty()
    monkeypatch.setattr("blog_api.services.importing.importer.BATCH", 2)
    for name in ("exported.pictures.mark_ready", "exported.site.add_tag", "importer.save_comments"):
        with monkeypatch.context() as patch:
            interrupt_second_call(patch, f"blog_api.services.importing.{name}")
            assert run_command(app, "import-ndjson", str(folder), "--roles").exit_code == 1
    run("ndjson", folder, "--roles")
    assert read_files(export("second", "ndjson")) == read_files(folder)


def interrupt_second_call(patch, name):
    """Let a function raise KeyboardInterrupt when it is called for the second time."""
    module, _, function = name.rpartition(".")
    original, calls = getattr(import_module(module), function), iter(range(9))

    def call(*args, **options):
        if next(calls) == 1:
            raise KeyboardInterrupt
        return original(*args, **options)

    patch.setattr(name, call)


def test_accounts_are_not_taken_over(people, empty, export, run):
    fill(people)
    folder = export("first", "ndjson")
    empty()
    people("admin", "root")
    report = run("ndjson", folder)
    table = read_table(export("second", "ndjson"), "users")
    users = {user["username"]: user["role"] for user in table if not user["erased_at"]}
    assert users == {"root": "admin", "root-2": "author", "ada.l": "author", "grace": "author"}
    assert "author_not_mapped" in {entry["code"] for entry in report["entries"]}


def test_equal_pictures_are_not_stored_twice(app, sql, people, empty, export, run, tmp_path):
    ada, data = people("author", "ada"), picture()
    shown = upload(ada, data)
    ada.write("Cat", content=f"![]({shown['url']})", image={"media_id": shown["id"]})
    folder = export("first", "markdown")
    empty()
    bob = people("author", "bob")
    own = upload(bob, data)
    run("markdown", folder)
    post = bob.get("/posts/slug/cat").json
    assert post["content"] == f"![]({own['url']})"
    assert (post["image"]["url"], post["image"]["media_id"]) == (own["url"], own["id"] + 1)
    StoredMedia(sql, app.extensions["media_store"]).assert_tidy()


def test_damaged_exports_are_refused_in_part(app, people, empty, export, run):
    fill(people)
    folder = export("first", "ndjson")
    empty()
    table = folder / "posts.ndjson"
    first, *rest = table.read_bytes().splitlines(keepends=True)
    table.write_bytes(b"".join([first.replace(b'"slug":"', b'"slug":"../'), *rest, b"{\n", b"[]\n"]))
    (folder / "tags.ndjson").write_text('{"name": 1}\n')
    history = folder / "revisions.ndjson"
    history.write_bytes(history.read_bytes() + history.read_bytes().splitlines(keepends=True)[-1])
    row = read_table(folder, "media")[0]
    file = folder / "media" / row["key"] / f"{row['variants'][0]['width']}.webp"
    file.write_bytes(file.read_bytes()[:-2])
    report = run("ndjson", folder)
    assert sorted(refusals(report)) == [
        (1, "line_invalid"), (1, "line_invalid"), (1, "picture_invalid"), (8, "line_invalid"), (9, "database_error"),
        (9, "line_invalid"),
    ]  # fmt: skip
    assert report["counts"]["created"] == 6
    assert len(read_table(export("second", "ndjson"), "likes")) == 1


def test_other_folders_are_refused(app, tmp_path):
    assert run_command(app, "import-ndjson", str(tmp_path)).exit_code == 2
    (tmp_path / "blog.json").write_text('{"format": "blog_api", "version": 2}')
    result = run_command(app, "import-markdown", str(tmp_path))
    assert (result.exit_code, "another version" in result.stderr) == (1, True)
