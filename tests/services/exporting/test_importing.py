"""Importing exports again, in part, and into blogs that have something already."""

from __future__ import annotations

import json
import os
from importlib import import_module
from typing import Any

from blog_api.problems import Conflict
from tests.cli.helpers import run_command
from tests.exported_blog import read_files, read_table
from tests.pictures import picture, upload
from tests.stored_media import StoredMedia


def refusals(report):
    return [(entry["line"], entry["code"]) for entry in report["entries"] if entry["level"] == "refused"]


def test_an_interrupted_import_continues(app, exported, export, run, monkeypatch):
    folder = exported("ndjson")
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


def test_accounts_are_not_taken_over(people, exported, export, run):
    folder = exported("ndjson")
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


def test_damaged_exports_are_refused_in_part(exported, export, run):
    folder = exported("ndjson")
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


def test_posts_are_saved_one_by_one_if_the_database_rejects_one(exported, export, run, monkeypatch):
    folder = exported("ndjson")

    def reject(_posts):
        raise Conflict("No.")

    monkeypatch.setattr("blog_api.crud.posts.bulk.create_posts", reject)
    assert run("ndjson", folder, "--roles")["counts"]["created"] == 7
    assert read_files(export("second", "ndjson"))["posts.ndjson"] == read_files(folder)["posts.ndjson"]


def test_odd_values_refuse_only_their_lines(exported, run):
    folder = exported("ndjson")
    odd: dict[str, list[dict[str, Any]]] = {
        "posts": [
            {"title": None}, {"content": 1}, {"slug": "a\0b"}, {"published_at": "0001-01-01T00:00:00+14:00"},
            {"image": {"url": "/media/x", "upload": -1}, "slug": "without-image"},
        ],
        "media": [{"variants": [{"width": 1, "height": 1, "bytes": 10**18}]}],
        "comments": [{"author": "a\0b"}, {"parent": []}, {"created_at": 1}],
        "likes": [{"post": 0}],
        "revisions": [{"number": 2**40}],
        "working_copies": [{"title": None}],
    }  # fmt: skip
    for name, changes in odd.items():
        (*_, row) = read_table(folder, name)
        with (folder / f"{name}.ndjson").open("a") as file:
            for number, change in enumerate(changes):
                own = {"aliases": [], "slug": f"odd-{number}"} if name == "posts" else {}
                file.write(json.dumps(row | own | change) + "\n")
    expected = [(name, "line_invalid") for name, changes in sorted(odd.items()) for _ in changes]
    expected.remove(("posts", "line_invalid"))
    with (folder / "posts.ndjson").open("a") as file:
        file.write("[" * 25_000_000)
    expected.append(("posts", "item_too_large"))
    for options in (["--dry-run"], []):
        report = run("ndjson", folder, *options)
        refused = [entry for entry in report["entries"] if entry["level"] == "refused"]
        found = [
            (entry["source"].rpartition("/")[2].removesuffix(".ndjson"), entry["code"]) for entry in refused
        ]
        assert sorted(found) == sorted(expected)
        assert report["counts"]["created"] == 8


def test_other_folders_are_refused(app, tmp_path):
    assert run_command(app, "import-ndjson", str(tmp_path)).exit_code == 2
    os.mkfifo(tmp_path / "blog.json")
    assert run_command(app, "import-ndjson", str(tmp_path)).exit_code == 2
    (tmp_path / "blog.json").unlink()
    (tmp_path / "blog.json").write_text('{"format": "blog_api", "version": 2}')
    result = run_command(app, "import-markdown", str(tmp_path))
    assert (result.exit_code, "another version" in result.stderr) == (1, True)
