"""`make pages`: write the table of docs/access.md, which says what each route answers to each role.

With `--missing`, only ask the routes that are not in the table yet.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from flask import Flask

from tests.access import Scene, make_scene, table
from tests.apps import migrate, running_app
from tests.people import Person, create_person

PAGE = Path(__file__).parent.parent / "docs" / "access.md"
HEADING = "## Table\n"
# Feeds and sitemaps need the address of posts.
SETTINGS = {"POST_URL": "https://example.com/{slug}/"}


def outcomes() -> list[list[str]]:
    """Return the cells of each row of the table on the page."""
    return [cells_of(line) for line in rows()]


def rows() -> list[str]:
    """Return the lines of the table on the page, without its head."""
    return [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]


def cells_of(line: str) -> list[str]:
    """Return the cells of a line of the table."""
    return [cell.strip() for cell in line.split("|")[1:-1]]


def main() -> None:
    """Ask a service with an empty database, and write the page."""
    with tempfile.TemporaryDirectory() as folder:
        url = migrate(f"sqlite:///{folder}/pages.db")
        with running_app(url, LOG_LEVEL="ERROR", **SETTINGS) as app:
            lines = ask(app, rows() if "--missing" in sys.argv else [])
    text = PAGE.read_text("utf-8").partition(HEADING)[0]
    PAGE.write_text("\n".join([text + HEADING, *lines, ""]), "utf-8")
    print(f"wrote {PAGE.name}")


def ask(app: Flask, known: Sequence[str]) -> list[str]:
    """Return the lines of the table, of which some are known."""
    by_route = {(name, kind): line for line in known for name, kind, *_ in [cells_of(line)]}
    return table(app, scene_of(app), by_route)


def scene_of(app: Flask) -> Scene:
    """Create a scene in the empty database of the app."""
    numbers = itertools.count(1)

    def people(role: str = "author") -> Person:
        return create_person(app, role, f"{role}{next(numbers)}")

    scene = make_scene(app.test_client(), people)
    # A sitemap is 404 if there is nothing to list.
    scene.other.write("Hello")
    return scene


if __name__ == "__main__":
    main()
