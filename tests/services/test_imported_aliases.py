"""Paths on the former site become aliases of the posts."""

from __future__ import annotations

import pytest

from tests.services.helpers import noted

FILE = "---\ntitle: {title}\ndate: 2020-05-01\n{lines}\n---\nText.\n"


@pytest.fixture
def aliases(client):
    """Return a function that reads the aliases of a post by its slug."""
    return lambda slug: client.get(f"/api/v1/posts/slug/{slug}").json["aliases"]


def test_aliases_lead_to_the_post(run, write, client, aliases):
    write("a.md", FILE.format(title="A", lines="aliases: [/2019/a/, /Größe]\nredirect_from: /old.html"))
    assert run().summary == "created 1, updated 0, unchanged 0, refused 0"
    assert aliases("a") == ["/2019/a/", "/Gr%C3%B6%C3%9Fe", "/old.html"]
    found = client.get("/api/v1/resolve?path=/2019/a/").json
    assert (found["type"], found["slug"]) == ("post", "a")


def test_aliases_follow_the_file(run, write, posts, aliases):
    for lines, expected in (
        ("aliases: [/a, /b]", ["/a", "/b"]),
        ("aliases: [/b, /c]", ["/b", "/c"]),
        ("aliases: [/b, /c]\nsummary: New", ["/b", "/c"]),
        ("weight: 1", []),
    ):
        write("a.md", FILE.format(title="A", lines=lines))
        report = run()
        assert (report.entries, aliases("a")) == ([], expected)
    version = posts()["a.md"].version
    assert run().unchanged == 1
    assert posts()["a.md"].version == version


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_taken_alias_is_noted_and_left_out(run, write, people, aliases, dry_run):
    editor = people("editor")
    editor.write("Mine", status="published", aliases=["/mine"])
    assert editor.post("/redirects", json={"from": "/about", "to": "/info/"}).status_code == 201
    write("a.md", FILE.format(title="A", lines="aliases: [/mine, /both, /about]"))
    write("b.md", FILE.format(title="B", lines="aliases: [/both, /b]"))
    report = run(dry_run=dry_run)
    assert (report.created, report.counts["refused"]) == (2, 0)
    detail = "the alias {} belongs to another post or to a redirect, so it is left out"
    assert noted(report, "alias_taken") == [
        ("a.md", detail.format("/mine")),
        ("a.md", detail.format("/about")),
        ("b.md", detail.format("/both")),
    ]
    if not dry_run:
        assert (aliases("a"), aliases("b"), aliases("mine")) == (["/both"], ["/b"], ["/mine"])


def test_too_many_aliases_are_noted_and_left_out(run, write, aliases):
    paths = [f"/{number:02}" for number in range(22)]
    write("a.md", FILE.format(title="A", lines=f"aliases: [{', '.join(paths)}]"))
    report = run()
    assert (report.created, aliases("a")) == (1, paths[:20])
    assert [detail for _, detail in noted(report, "aliases_too_many")] == [
        f"the alias {path} is left out: a post has at most 20" for path in paths[20:]
    ]


def test_an_invalid_alias_is_noted_and_left_out(run, write, aliases):
    write("a.md", FILE.format(title="A", lines="aliases: [/a?b=c, /a]"))
    report = run()
    assert (report.created, aliases("a")) == (1, ["/a"])
    (entry,) = report.entries
    assert (entry.line, entry.level, entry.code) == (4, "note", "alias_invalid")
    assert entry.post_id is not None


def test_an_alias_taken_during_the_import_refuses_the_file_until_the_next_run(
    run, write, people, aliases, monkeypatch
):
    write("a.md", FILE.format(title="A", lines="aliases: [/a]"))
    write("b.md", FILE.format(title="B", lines="aliases: [/b]"))
    people("editor").write("Mine", status="published", aliases=["/a"])
    monkeypatch.setattr("blog_api.services.importing.candidates.find_aliases", lambda paths: {})
    assert run().summary == "created 1, updated 0, unchanged 0, refused 1"
    monkeypatch.undo()
    report = run()
    assert (report.created, report.unchanged, len(noted(report, "alias_taken"))) == (1, 1, 1)
    assert (aliases("a"), aliases("b")) == ([], ["/b"])
