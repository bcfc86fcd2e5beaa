"""The worked example: `examples/tasks` is added to a copy of the project, as the README says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config import PROJECT

EXAMPLE = PROJECT / "examples" / "tasks"
COPIED = (
    "blog_api",
    "docs",
    "examples/editor",
    "migrations",
    "tests",
    "config.py",
    "config_fields.py",
    "config_keys.py",
    "gunicorn.conf.py",
    "pyproject.toml",
    "wsgi.py",
)
TESTS = "tests/blueprints/test_tasks.py"
# Tests that check every resource.
CHECKS = (
    "tests/api/test_openapi.py", "tests/crud/test_personal_data.py", "tests/migrations/test_models.py",
    "tests/test_access.py", "tests/test_access_table.py", "tests/test_public_content.py",
)  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the project with the example, its migration and its generated page."""
    folder = tmp_path_factory.mktemp("copy")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True, ignore=ignored)
    if (checked := PROJECT / ".mypy_cache").is_dir():
        # `make lint` has just checked everything except the example, which takes half a minute.
        shutil.copytree(checked, folder / checked.name)
    run(folder, "flask", "--app", "wsgi", "db", "upgrade")
    run(folder, "flask", "--app", "wsgi", "db", "migrate", "--message", "Add tasks")
    # The lines of all other routes are the same, and tests/test_access_table.py checks them.
    run(folder, "tests.access_page", "--missing")
    return folder


def run(folder: Path, module: str, *arguments: str) -> str:
    """Run a Python module in the copy, and check that it succeeds."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environ |= {"APP_ENV": "development", "DATABASE_URL": f"sqlite:///{folder}/blog.db"}
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_passes_lint_and_type_checks(copy):
    run(copy, "ruff", "check")
    run(copy, "ruff", "format", "--check")
    run(copy, "mypy", *(str(path.relative_to(EXAMPLE)) for path in EXAMPLE.rglob("*.py")))


def test_the_example_passes_its_tests_and_the_checks_of_all_resources(copy):
    # The page was generated just now. The checks of all resources do not depend on the database, the tests do.
    known = "--deselect=tests/test_access_table.py::test_the_access_table_in_the_docs_is_up_to_date"
    chosen = ("-k", "test_tasks or not postgresql", known)
    run(copy, "pytest", "-q", "-p", "no:cacheprovider", *chosen, TESTS, *CHECKS)


def test_the_example_needs_at_most_eight_files_and_350_lines(copy):
    written = [path for path in EXAMPLE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    (revision,) = (copy / "migrations" / "versions").glob("*_add_tasks.py")
    page = copy / "docs" / "access.md"
    assert len([*written, revision, page]) <= 8
    assert sum(len(path.read_text("utf-8").splitlines()) for path in written) <= 350
