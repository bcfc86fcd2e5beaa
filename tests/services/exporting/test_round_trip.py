"""An export that is imported into an empty blog restores equal posts, and another export has identical files."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.exported_blog import read_files

CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "digitalgov"
# Every so many files of the corpus.
STEP = 60
# What YAML, Markdown, line-based files or databases could change.
PIECES = [
    "---", "...", "\n", "\r", "\n\n", " ", "\t", "\u2028", "\x85", ": ", "#", "'", '"', "\\", "null", "1.10", "é",
    "e\u0301", "\U0001f600", "\ufeff", "{{ x }}", "- a", "|", "&amp;",
]  # fmt: skip
FORMATS = {"markdown": (), "ndjson": ("--roles",)}


def made_up_posts(chance):
    """Return posts as clients write them, with tricky text in every member."""

    def text(limit):
        return "".join(chance.choices(PIECES, k=chance.randrange(limit)))

    def line(limit):
        return " ".join(text(limit).split()).strip("\ufeff \x85")

    for number in range(20):
        status = chance.choice(["draft", "pending", "published", "archived"])
        yield {
            "title": f"{line(9)} {number}", "content": text(40), "summary": text(9), "status": status,
            "kind": chance.choice(["post", "page"]), "featured": chance.random() < 0.5,
            "noindex": chance.random() < 0.5, "comments_open": chance.random() < 0.5, "meta_title": line(5) or None,
            "meta_description": line(5) or None, "tags": [f"{line(4)} {n}"[:50] for n in range(chance.randrange(3))],
            "metadata": {text(3): chance.choice([1e22, -0.0, 2**60, None, [], {"": text(4)}]) for _ in range(3)},
            "published_at": chance.choice([None, "2020-02-29T23:59:59.999999Z", "2099-01-01T00:00:00Z"]),
            "aliases": [f"/{number}/{chance.choice(['%C3%A9', 'a%20b', 'x.html', 'x'])}/"],
        }  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
def test_made_up_posts_are_restored(form, people, empty, export, run):
    editor = people("editor")
    posts = [editor.write(**post) for post in made_up_posts(random.Random(f"{form} 1"))]
    folder = export("first", form)
    empty()
    run(form, folder, "--strict", *FORMATS[form])
    assert read_files(export("second", form)) == read_files(folder)
    editor = people("editor", username="another")
    assert [without_ids(editor.get(f"/posts/slug/{post['slug']}").json) for post in posts] == [
        without_ids(post) for post in posts
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_a_blog_with_everything_is_restored_once(form, exported, export, run):
    folder, options = exported(form), ("--strict", *FORMATS[form])
    tried = run(form, folder, "--dry-run", *options)["counts"]
    counts = run(form, folder, *options)["counts"]
    assert [found[name] for found in (tried, counts) for name in ("created", "pictures_uploaded")] == [
        7,
        2,
    ] * 2
    assert read_files(export("second", form)) == read_files(folder)
    again = run(form, folder, *options)["counts"]
    assert (again["created"], again["updated"], again["unchanged"], again["pictures_reused"]) == (0, 0, 7, 2)
    assert read_files(export("third", form)) == read_files(folder)


def without_ids(post):
    """Return a post as the API shows it, without ids and times that Markdown does not keep."""
    names = {tag["name"] for tag in post["tags"]}
    authors = [author["username"] for author in post["authors"]]
    left_out = ("id", "created_at", "updated_at", "author")
    kept = {name: value for name, value in post.items() if name not in left_out}
    return kept | {"tags": names, "authors": authors}


@pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the posts of digital.gov are missing: ../shared/corpora/digitalgov"
)
def test_a_real_blog_is_restored(empty, export, run, tmp_path):
    folder = tmp_path / "news"
    for path in sorted((CORPUS / "news").rglob("*.md"))[::STEP]:
        target = folder / path.relative_to(CORPUS / "news")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    run("markdown", folder)
    first = export("first", "markdown")
    empty()
    run("markdown", first, "--strict")
    assert len(read_files(first)) > len(read_files(folder)) > 30
    assert read_files(export("second", "markdown")) == read_files(first)
