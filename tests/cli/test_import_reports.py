"""The report of an import, on the terminal and in a file."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from blog_api.crud.posts import bulk
from blog_api.text.issues import Code
from config import PROJECT

FILE = "---\ntitle: Hello\ndate: 2020-05-01\n---\nText.\n"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "posts"
    path.mkdir()
    (path / "hello.md").write_text(FILE)
    return path


@pytest.fixture
def report(command, folder, tmp_path):
    """Import the folder and return the result of the command and the report."""

    def run_import(*options):
        path = tmp_path / "report.json"
        result = command("import-markdown", str(folder), "--report", str(path), *options)
        return result, json.loads(path.read_text("utf-8"))

    return run_import


def test_the_report_has_counts_and_entries(report, folder, client):
    (folder / "bad.md").write_text("---\nweight: 1\ntitle: [A]\n---\n")
    (folder / "draft.md").write_text("---\ntitle: Größe\n---\n")
    result, written = report()
    assert (result.exit_code, result.stderr) == (0, "")
    (post,) = client.get("/api/v1/posts").json["data"]
    assert written == {
        "counts": {
            "created": 2, "updated": 0, "unchanged": 0, "refused": 1,
            "skipped": 0, "purged": 0, "ignored": 0, "gone": 0, "comments": 0,
            "pictures_uploaded": 0, "pictures_reused": 0, "pictures_skipped": 0,
        },
        "entries": [
            {
                "source": f"{folder}/bad.md",
                "line": 3,
                "level": "refused",
                "code": "value_invalid",
                "detail": "title must be text",
            },
            {
                "source": f"{folder}/draft.md",
                "line": 1,
                "level": "note",
                "code": "date_missing",
                "detail": "no date, so the post is a draft",
                "post_id": post["id"] - 1,
            },
        ],
    }  # fmt: skip


def test_the_terminal_shows_the_entries_of_the_report(report, folder):
    (folder / "a.png").write_text("")
    (folder / "hidden.md").write_text("---\ntitle: A\nhidden: true\n---\n")
    (folder / "z.md").write_text("")
    result, written = report()
    *lines, _ = result.stdout.splitlines()
    assert lines == [
        "{level}: {source}:{line}: {detail} [{code}]".format(**entry) for entry in written["entries"]
    ]
    assert [entry["level"] for entry in written["entries"]] == ["refused", "note", "note"]


def test_entries_about_known_files_name_their_posts(report, folder, people, client):
    (folder / "other.md").write_text("---\ntitle: Other\ndate: 2020-05-01\n---\nOther.\n")
    report()
    posts = {post["slug"]: post["id"] for post in client.get("/api/v1/posts").json["data"]}
    assert people("editor").patch(f"/posts/{posts['other']}", {"title": "Edited"}).status_code == 200
    (folder / "other.md").write_text("---\ntitle: Other\n---\n")
    (folder / "hello.md").write_text("---\ntitle: [a]\n---\n")
    _, written = report()
    found = [(entry["code"], entry["post_id"]) for entry in written["entries"]]
    assert found == [("value_invalid", posts["hello"]), ("edited_in_blog", posts["other"])]
    (folder / "hello.md").unlink()
    _, written = report("--gone", "trash", "--dry-run")
    found = [(entry["code"], entry["post_id"]) for entry in written["entries"]]
    assert found == [("edited_in_blog", posts["other"]), ("file_gone", posts["hello"])]


def test_the_report_is_written_by_a_dry_run_and_with_strict(report, folder):
    (folder / "bad.md").write_text("")
    for options in (("--dry-run",), ("--strict",)):
        result, written = report(*options)
        assert result.exit_code == (1 if "--strict" in options else 0)
        assert (written["counts"]["created"], written["counts"]["refused"]) == (1, 1)


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (KeyboardInterrupt(), "interrupted"),
        (OperationalError("INSERT", {}, Exception("server gone")), "server gone"),
    ],
)
def test_the_report_of_an_import_that_stops_is_about_what_was_done(
    report, folder, monkeypatch, client, error, detail
):
    (folder / "zzz.md").write_text(FILE)
    monkeypatch.setattr("blog_api.services.importing.importer.BATCH", 1)
    create, calls = bulk.create_posts, []

    def create_once(new):
        calls.append(new)
        if len(calls) == 2:
            raise error
        return create(new)

    monkeypatch.setattr(bulk, "create_posts", create_once)
    result, written = report()
    assert result.exit_code == 1
    assert (written["counts"]["created"], written["counts"]["refused"]) == (1, 1)
    assert len(client.get("/api/v1/posts").json["data"]) == 1
    (stopped,) = written["entries"]
    assert (stopped["source"], stopped["code"]) == (str(folder), "import_stopped")
    assert stopped["detail"].endswith(detail)


@pytest.mark.parametrize("path", ["missing/report.json", ".", "hello.md/report.json", "/dev/null", "n" * 300])
def test_a_report_that_cannot_be_written_is_a_usage_error(command, folder, monkeypatch, client, path):
    monkeypatch.chdir(folder)
    result = command("import-markdown", ".", "--report", path)
    assert result.exit_code == 2
    assert "Invalid value for '--report'" in result.stderr
    assert client.get("/api/v1/posts").json["data"] == []
    assert names(folder) == ["hello.md"]


def test_an_earlier_report_stays_if_the_new_one_cannot_be_written(
    report, command, folder, tmp_path, monkeypatch
):
    _, before = report()

    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    result, after = report()
    assert (result.exit_code, after) == (1, before)
    assert result.stderr == f"Error: {tmp_path}/report.json cannot be written: No space left on device\n"
    assert names(tmp_path) == ["posts", "report.json"]


def test_a_symbolic_link_to_the_report_stays(report, tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "report.json").symlink_to("reports/of-today.json")
    report()
    assert (tmp_path / "report.json").is_symlink()
    assert names(tmp_path / "reports") == ["of-today.json"]


def test_a_report_is_valid_unicode(report, folder):
    (folder / "surrogate.md").write_text('---\ntitle: A\ndate: "\\ud800"\n---\n')
    (folder / os.fsdecode(b"\xff.md")).write_text("")
    _, written = report()
    assert [entry["source"].rpartition("/")[2] for entry in written["entries"]] == [
        "surrogate.md",
        "\\xff.md",
    ]


def test_the_documentation_lists_all_codes():
    page = (PROJECT / "docs" / "importing.md").read_text()
    assert re.findall(r"^\| `([a-z0-9_]+)` \|", page, re.MULTILINE) == [str(code) for code in Code]
