"""One version for the package, OpenAPI, health check and changelog, whose sections name the migrations."""

from __future__ import annotations

import re

from blog_api import VERSION
from blog_api.database.revisions import FOLDER
from config import PROJECT

CHANGELOG = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
README = (PROJECT / "README.md").read_text(encoding="utf-8")
SECTIONS = re.split(r"^## ", CHANGELOG, flags=re.MULTILINE)[1:]


def test_all_places_have_the_same_version(client):
    assert client.get("/openapi.json").json["info"]["version"] == VERSION
    assert client.get("/health/ready").json["version"] == VERSION
    assert re.match(r"(\S+) \((?:unreleased|\d{4}-\d\d-\d\d)\)\n", SECTIONS[0]), "the section of a version"
    assert SECTIONS[0].split()[0] == VERSION
    assert f"Version {VERSION.rpartition('.')[0]}," in README


def described_migrations():
    """Yield a line for each migration, with the first line of its docstring."""
    for path in sorted((FOLDER / "versions").glob("[0-9]*.py")):
        number = path.name.partition("_")[0]
        summary = path.read_text(encoding="utf-8").removeprefix('"""').partition("\n")[0].removesuffix('"""')
        yield f"- {number}: {summary}"


def test_the_changelog_names_each_migration_once_in_the_section_of_its_version():
    lists = [section.partition("\n### Migrations\n")[2].partition("\n### ")[0] for section in SECTIONS]
    listed = [line for text in lists for line in text.splitlines() if line]
    missing = [line for line in described_migrations() if line not in listed]
    assert not missing, "add these lines to the section Migrations of CHANGELOG.md"
    assert sorted(listed) == list(described_migrations())


def test_the_newest_migrations_are_in_the_newest_section():
    in_order = "".join(reversed(SECTIONS))
    numbers = re.findall(r"^- ([0-9]{4}): ", in_order, re.MULTILINE)
    assert numbers == sorted(numbers)
