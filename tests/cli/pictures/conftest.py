"""A site with posts and pictures, and its import."""

from __future__ import annotations

import json

import pytest

from blog_api.media.stores import open_store
from tests.cli.pictures.helpers import NOTHING

FILE = "---\ntitle: {title}\ndate: 2020-05-01\nauthor: ada\n{matter}---\n{content}\n"


@pytest.fixture
def site(tmp_path):
    """The folder of a site: posts in `content`, static files in `static`."""
    path = tmp_path / "site"
    for name in ("content", "static"):
        (path / name).mkdir(parents=True)
    return path


@pytest.fixture
def write(site):
    """Write a post below `content`, or another file of the site."""

    def write_file(path, data=None, *, title="Hello", matter="", content="Text."):
        path = site / path
        path.parent.mkdir(parents=True, exist_ok=True)
        text = FILE.format(title=title, matter=matter and f"{matter}\n", content=content)
        path.write_bytes(data or text.encode())
        return path

    return write_file


@pytest.fixture
def store(app, monkeypatch, tmp_path):
    """Store the pictures of the app in a new folder, and return the folder."""
    folder = tmp_path / "media"
    monkeypatch.setitem(app.extensions, "media_store", open_store(str(folder)))
    return folder


@pytest.fixture
def run(command, site, store, tmp_path):
    """Import the posts. Return the counts of pictures, and the codes and details of all entries."""

    def run_import(*options):
        report = tmp_path / "report.json"
        result = command("import-markdown", str(site / "content"), "--report", str(report), *options)
        assert (result.exit_code, result.stderr) == (0, "")
        written = json.loads(report.read_text())
        counts = {name: written["counts"][f"pictures_{name}"] for name in NOTHING}
        return counts, {entry["code"]: entry["detail"] for entry in written["entries"]}

    return run_import


@pytest.fixture
def editor(people):
    return people("editor")


@pytest.fixture
def read(editor):
    """Read the post."""
    fields = "id,updated_at,content,html,image,metadata,author"
    return lambda: editor.get(f"/posts/slug/hello?fields={fields}").json


@pytest.fixture
def uploads(editor):
    """List the uploads, the first one first."""
    return lambda: editor.get("/media?sort=id").json["data"]
