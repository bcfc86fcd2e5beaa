"""Statuses, and values that are invalid, in files of whole sites."""

from __future__ import annotations

from tests.services.helpers import noted


def test_statuses_of_the_blog_are_kept(run, write, people, posts):
    for status in ("pending", "archived", "trash"):
        write(f"{status}.md", f"---\ntitle: {status}\ndate: 2020-01-01\nstatus: {status}\n---\nText.\n")
    assert run().summary == "created 3, updated 0, unchanged 0, refused 0"
    editor = people("editor")
    statuses = {post["title"]: post["status"] for post in editor.get("/posts?status=all").json["data"]}
    assert statuses == {"pending": "pending", "archived": "archived"}
    assert [post["title"] for post in editor.get("/posts?trashed=true").json["data"]] == ["trash"]
    write("trash.md", "---\ntitle: trash\ndate: 2020-01-01\n---\nText.\n")
    run()
    assert posts()["trash.md"].status == "published"


def test_one_bad_value_does_not_refuse_a_post(run, write):
    values = {
        "title": "x" * 300, "summary": "y" * 3000, "description": "z" * 600, "tags": f"[a, {'b' * 60}]",
        "categories": "[[c]]", "date": "soon", "slug": "[a]", "author": '"a\\0b"', "aliases": "[/a?b]", "lang": "'?'",
        "weight": "1\f",
    }  # fmt: skip
    write("a.md", "".join(["---\n", *(f"{key}: {value}\n" for key, value in values.items()), "---\nA\fB\n"]))
    report = run()
    assert report.summary == "created 1, updated 0, unchanged 0, refused 0"
    lines = sorted((entry.line, str(entry.code)) for entry in report.entries)
    assert lines == [
        (2, "value_shortened"), (3, "value_shortened"), (4, "value_shortened"), (5, "value_skipped"),
        (7, "date_invalid"), (8, "value_skipped"), (9, "value_shortened"), (10, "alias_invalid"),
        (11, "value_skipped"), (12, "value_shortened"), (14, "value_shortened"),
    ]  # fmt: skip
    assert noted(report, "date_missing") == []
