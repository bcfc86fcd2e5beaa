"""Export, import into an empty blog, export again: equal posts and equal files."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.cli.helpers import run_command
from tests.exported_blog import fill, read_files

CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "digitalgov"
# Every so many files of the corpus.
STEP = 30
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
def test_a_blog_with_everything(form, people, round_trip):
    fill(people)
    editor = people("editor")
    posts = [editor.write(**post) for post in made_up_posts(random.Random(f"{form} 1"))]
    _, first, second = round_trip(form, *FORMATS[form])
    assert second == first
    editor = people("editor", username="another")
    assert [without_ids(editor.get(f"/posts/slug/{post['slug']}").json) for post in posts] == [
        without_ids(post) for post in posts
    ]


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
@pytest.mark.usefixtures("empty")
def test_a_real_blog(app, round_trip, tmp_path):
    folder = tmp_path / "news"
    for path in sorted((CORPUS / "news").rglob("*.md"))[::STEP]:
        target = folder / path.relative_to(CORPUS / "news")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    assert (
        run_command(app, "import-markdown", str(folder), "--authors", str(CORPUS / "authors")).exit_code == 0
    )
    _, first, second = round_trip("markdown")
    assert len(first) > len(read_files(folder)) > 50
    assert second == first
