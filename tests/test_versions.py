"""One version for the package, OpenAPI, health check and changelog, whose sections name the migrations."""

from __future__ import annotations

import re

from blog_api import VERSION
from config import PROJECT
from tests.changelog_page import described, listed, sections

README = (PROJECT / "README.md").read_text(encoding="utf-8")
SECTIONS = sections()


def test_all_places_have_the_same_version(client):
    assert client.get("/openapi.json").json["info"]["version"] == VERSION
    assert client.get("/health/ready").json["version"] == VERSION
    assert re.match(r"(\S+) \((?:unreleased|\d{4}-\d\d-\d\d)\)\n", SECTIONS[0]), "the section of a version"
    assert SECTIONS[0].split()[0] == VERSION
    assert f"Version {VERSION.rpartition('.')[0]}," in README


def test_the_changelog_names_each_migration_once_in_the_section_of_its_version():
    lines = [line for section in SECTIONS for line in listed(section)]
    assert sorted(lines) == list(described()), "run make pages"


def test_the_newest_migrations_are_in_the_newest_section():
    in_order = "".join(reversed(SECTIONS))
    numbers = re.findall(r"^- ([0-9]{4}): ", in_order, re.MULTILINE)
    assert numbers == sorted(numbers)
