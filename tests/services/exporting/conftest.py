"""Export a blog, and import it into an empty one."""

from __future__ import annotations

import json
import shutil

import pytest

from blog_api.media.folders import Folder
from tests.apps import delete_all_rows
from tests.cli.helpers import run_command
from tests.exported_blog import fill


@pytest.fixture
def empty(app, _cleaner, tmp_path, monkeypatch):
    """Delete everything, and use a new media store."""
    numbers = iter(range(10))

    def run():
        delete_all_rows(_cleaner)
        monkeypatch.setitem(app.extensions, "media_store", Folder(tmp_path / f"media{next(numbers)}"))

    run()
    return run


@pytest.fixture
def export(app, tmp_path):
    """Export to a folder with this name, and return it."""

    def run(name, form):
        result = run_command(app, "export", str(tmp_path / name), "--format", form)
        assert result.exit_code == 0, result.output
        return tmp_path / name

    return run


@pytest.fixture(scope="session")
def exports(tmp_path_factory):
    """The exports of the blog with everything, by format. They do not depend on the database."""
    return {}, tmp_path_factory.mktemp("exports")


@pytest.fixture
def exported(exports, export, people, empty, tmp_path):
    """Return an export of the blog with everything, and leave the blog empty."""

    def run(form):
        found, folder = exports
        if form not in found:
            fill(people)
            found[form] = shutil.move(export(form, form), folder / form)
            empty()
        return shutil.copytree(found[form], tmp_path / "first")

    return run


@pytest.fixture
def run(app, tmp_path):
    """Import a folder, and return the report."""

    def run_import(form, folder, *options):
        report = tmp_path / "report.json"
        result = run_command(app, f"import-{form}", str(folder), "--report", str(report), *options)
        assert result.exit_code == 0, result.output
        return json.loads(report.read_text())

    return run_import
