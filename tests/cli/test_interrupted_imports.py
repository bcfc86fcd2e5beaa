"""An import that is killed at any point and started again ends as if it had not been killed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import create_engine

from config import PROJECT
from tests.apps import delete_all_rows
from tests.interrupted_import import BATCH
from tests.pictures import picture

FILE = "---\ntitle: {title}\nauthor: {author}\ntags: [{tags}]\n{matter}---\n{content}\n"
QUERIES = {
    "posts": """
        SELECT p.slug, p.title, p.content, p.summary, p.status, p.published_at, p.deleted_at IS NOT NULL, p.version,
        u.username FROM posts p JOIN users u ON u.id = p.author_id
    """,
    "authors": """
        SELECT p.slug, a.position, u.username, u.display_name, u.bio, u.imported
        FROM post_authors a JOIN posts p ON p.id = a.post_id JOIN users u ON u.id = a.user_id
    """,
    "tags": """
        SELECT t.name, t.slug, p.slug
        FROM tags t LEFT JOIN post_tags x ON x.tag_id = t.id LEFT JOIN posts p ON p.id = x.post_id
    """,
    "aliases": "SELECT r.path, p.slug FROM redirects r JOIN posts p ON p.id = r.post_id",
    "files": """
        SELECT f.source, f.digest, f.uid, f.post_version, p.slug
        FROM imported_files f LEFT JOIN posts p ON p.id = f.post_id
    """,
    "pictures": "SELECT f.sha256, m.alt, u.username FROM media m JOIN media_files f ON f.id = m.file_id "
    "JOIN users u ON u.id = m.author_id",
    "slugs": "SELECT s.slug, p.slug FROM post_slugs s JOIN posts p ON p.id = s.post_id",
}


def write(
    folder: Any, name: str, title: str, content: str = "Text.", *, author: str = "ada", **options: str
) -> None:
    """Write a file of a post."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    tags, matter = options.get("tags", "one"), options.get("matter", "")
    path.write_text(FILE.format(title=title, author=author, tags=tags, matter=matter, content=content))


def write_first(folder: Any) -> None:
    """Write the files of the first import."""
    for number in range(6):
        write(
            folder,
            f"2020-01-0{number + 1}-old.md",
            "Old",
            f"Old {number}",
            matter=f"uid: {number}\naliases: [/a{number}/]\n",
        )


def write_second(folder: Any) -> None:
    """Rename, remove, change and add files."""
    (folder / "2020-01-01-old.md").rename(folder / "2021-02-03-renamed.md")
    (folder / "2020-01-02-old.md").unlink()
    (folder / "2020-01-03-old.md").unlink()
    (folder / "2020-01-04-old.md").unlink()
    write(folder, "2020-01-05-old.md", "Changed", "![A](a.png)", author="Bob Ray", matter="aliases: [/a5/]\n")
    (folder / "a.png").write_bytes(picture(20, 20, color=1))
    (folder / "b.png").write_bytes(picture(20, 20, color=2))
    for number in range(5):
        write(
            folder,
            f"2022-03-0{number + 1}-old.md",
            "Old",
            f"[New {number}](2020-01-06-old.md) ![](a.png) ![B](b.png) [next](2022-03-05-old.md)",
            author=f"[New {number % 2}, ada]",
            tags=f"Two{' ' * (number % 2)}, t{number}",
            matter=f"aliases: [/b{number // 2}/, /a5/]\n",
        )
    write(folder, "refused.md", "Refused", "![](a.png)" + "x" * 500_000, author="Refused")


@pytest.fixture
def rows(sql):
    """Read what an import has stored, without ids, and without the random keys of pictures."""

    def read() -> dict[str, list[str]]:
        found = {name: [str(tuple(row)) for row in sql(query)] for name, query in QUERIES.items()}
        return {
            name: sorted(re.sub("/media/[0-9a-f]{32}/", "/media/", row) for row in rows)
            for name, rows in found.items()
        }

    return read


def test_a_killed_import_ends_like_one_that_was_not_killed(
    app, database_url, command, rows, tmp_path, monkeypatch
):
    folder = tmp_path / "posts"
    arguments = ["import-markdown", str(folder), "--gone", "trash"]
    found = []
    for is_killed in (False, True):
        write_first(folder)
        command("import-markdown", str(folder))
        write_second(folder)
        if is_killed:
            script = [
                sys.executable,
                "-m",
                "tests.interrupted_import",
                database_url,
                str(tmp_path / "media"),
                *arguments,
            ]
            done = subprocess.run(script, cwd=PROJECT, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            assert int(done.stdout) >= 5
        else:
            for module in ("importer", "markdown.moving"):
                monkeypatch.setattr(f"blog_api.services.importing.{module}.BATCH", BATCH)
            assert "created 5" in command(*arguments).stdout
        found.append(rows())
        shutil.rmtree(folder)
        engine = create_engine(database_url)
        delete_all_rows(engine)
        engine.dispose()
    uninterrupted, resumed = found
    assert resumed == uninterrupted
    assert [len(uninterrupted[name]) for name in ("posts", "files", "pictures")] == [11, 11, 5]
