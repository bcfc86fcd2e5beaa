"""Import a whole site: former addresses, folders, languages and HTML."""

from __future__ import annotations

import pytest

FILE = "---\ntitle: {title}\ndate: 2020-05-01\n{lines}\n---\n{content}\n"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "site"
    path.mkdir()
    return path


def test_pages_of_a_site_are_imported_with_what_their_names_say(command, folder, client):
    def write(name, text):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    write(
        "news/_posts/2020-01-02-Hello_World.md", FILE.format(title="A", lines="excerpt: E", content="Text.")
    )
    write(
        "about.html",
        FILE.format(title="B", lines="permalink: /about.html", content="<p>Some <b>HTML</b></p>"),
    )
    write("c.md", FILE.format(title="C", lines="", content="Before.\n\n<!-- more -->\n\nAfter."))
    write("c.de.md", FILE.format(title="C", lines="description: D", content="Nachher."))
    options = ("--permalink", "/:year/:month/:title/", "--section-as-tag", "--strict")
    result = command("import-markdown", str(folder), *options)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == "created 4, updated 0, unchanged 0, refused 0"
    read = {
        slug: client.get(f"/api/v1/posts/slug/{slug}").json for slug in ("hello-world", "about", "c", "c-de")
    }
    assert {slug: post["aliases"] for slug, post in read.items()} == {
        "hello-world": ["/2020/05/Hello_World/"], "about": ["/about.html"], "c": ["/2020/05/c/"],
        "c-de": ["/de/2020/05/c/"],
    }  # fmt: skip
    assert [tag["name"] for tag in read["hello-world"]["tags"]] == ["news"]
    assert (read["about"]["content"], read["c"]["content"]) == ("Some **HTML**", "Before.\n\nAfter.")
    assert [read[slug]["summary"] for slug in ("hello-world", "c", "c-de")] == ["E", "Before.", "D"]
    assert (read["c-de"]["language"], read["c-de"]["meta_description"]) == ("de", "D")
    # Other options read the files again.
    assert "unchanged 4" in command("import-markdown", str(folder), *options).stdout
    assert "updated 4" in command("import-markdown", str(folder)).stdout


def test_unknown_placeholders_are_named(command, folder):
    for pattern, reason in (
        ("/:yaer/:title/", "unknown: :yaer. These are known: date, pretty"),
        ("/blog/", "'/blog/' has no placeholder such as :title."),
    ):
        result = command("import-markdown", str(folder), "--permalink", pattern)
        assert result.exit_code == 2
        assert reason in result.stderr
