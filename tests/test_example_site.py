"""The static site in examples/site, built with npm from the real service."""

from __future__ import annotations

import shutil

import pytest

from config import PROJECT
from tests.apps import SECRET
from tests.blueprints.changes.helpers import number
from tests.node_tools import node_modules, run_node
from tests.service import serve
from tests.tools import require

SITE = PROJECT / "examples" / "site"
SETTINGS = {"POST_URL": "https://example.com/{slug}/", "TAG_URL": "https://example.com/tags/{slug}/"}


@pytest.fixture
def build(app, database_url, tmp_path):
    """A function that builds the site, and returns its files by path."""
    packages, folder = node_modules(SITE), tmp_path / "site"
    shutil.copytree(SITE, folder, ignore=shutil.ignore_patterns("node_modules", "_site", ".cache"))
    (folder / "node_modules").symlink_to(packages)
    with serve(database_url, SECRET_KEY=SECRET, **SETTINGS) as url:

        def run():
            number(app)
            done = run_node([require("npm"), "run", "build"], folder, BLOG_API=f"{url}/api/v1")
            assert done.returncode == 0, done.stderr
            pages = folder / "_site"
            files = [path for path in pages.rglob("*") if path.is_file()]
            found = {str(path.relative_to(pages)): path.read_text("utf-8") for path in files}
            shutil.rmtree(pages)
            return found

        yield run


def test_the_example_is_short():
    code = [
        path
        for path in SITE.rglob("*.*")
        if path.suffix in (".js", ".njk") and "node_modules" not in path.parts
    ]
    assert len(code) > 4
    assert sum(len(path.read_text("utf-8").splitlines()) for path in code) < 150


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_site_follows_the_blog(build, people, client):
    ada, editor = people(), people("editor")
    kept, gone, renamed = (
        ada.write(f"Post {n}", content=f"**Bold** <b>{n}</b>", tags=["One"]) for n in (1, 2, 3)
    )
    ada.write("Draft", status="draft")
    ada.write("About", kind="page")
    first = build()
    assert set(first) == {
        "index.html", "post-1/index.html", "post-2/index.html", "post-3/index.html", "tags/one/index.html",
        "about/index.html", "_redirects",
    }  # fmt: skip
    assert "<strong>Bold</strong> <b>1</b>" in first["post-1/index.html"]
    assert "About" not in first["index.html"]
    assert first["index.html"].index("Post 3") < first["index.html"].index("Post 1")
    ada.delete(f"/posts/{gone['id']}")
    ada.patch(f"/posts/{renamed['id']}", json={"title": "New", "slug": "new"})
    editor.patch(f"/tags/{kept['tags'][0]['id']}", json={"name": "Two", "slug": "two"})
    editor.post(f"/posts/{kept['id']}/comments", {"content": "*First*"})
    second = build()
    assert set(second) == {
        "index.html", "post-1/index.html", "new/index.html", "tags/two/index.html", "about/index.html", "_redirects"
    }  # fmt: skip
    assert "/tags/two/" in second["post-1/index.html"]
    assert "Comments" not in first["post-1/index.html"]
    assert "<em>First</em>" in second["post-1/index.html"]
    assert 'href="/feeds/atom.xml"' in second["index.html"]
    assert "/feeds/:splat 200" in second["_redirects"]
    assert second["_redirects"].split("\n")[:2] == [
        "/post-3/ https://example.com/new/ 301",
        "/tags/one/ https://example.com/tags/two/ 301",
    ]
