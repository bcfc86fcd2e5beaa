"""Export a blog, and import it into an empty one."""

from __future__ import annotations

import pytest

from blog_api.media.folders import Folder
from tests.apps import delete_all_rows
from tests.cli.helpers import run_command
from tests.exported_blog import read_files


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


@pytest.fixture
def round_trip(app, empty, export):
    """Export, import into an empty blog, and export again. Return the import's output and both exports' files."""

    def run(form, *options):
        first = export("first", form)
        empty()
        result = run_command(app, f"import-{form}", str(first), "--strict", *options)
        assert result.exit_code == 0, result.output
        second = export("second", form)
        return result.stdout, read_files(first), read_files(second)

    return run
