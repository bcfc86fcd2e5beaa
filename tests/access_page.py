"""`make pages`: write the table of docs/access.md, which says what each route answers to each role."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

from flask import Flask

from tests.access import make_scene, table
from tests.apps import migrate, running_app
from tests.people import Person, create_person

PAGE = Path(__file__).parent.parent / "docs" / "access.md"
HEADING = "## Table\n"


def outcomes() -> list[list[str]]:
    """Return the cells of each row of the table on the page."""
    lines = PAGE.read_text("utf-8").splitlines()
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| `")]


def main() -> None:
    """Ask a service with an empty database, and write the page."""
    with tempfile.TemporaryDirectory() as folder:
        url = migrate(f"sqlite:///{folder}/pages.db")
        with running_app(url, LOG_LEVEL="ERROR") as app:
            lines = ask_all(app)
    text = PAGE.read_text("utf-8").partition(HEADING)[0]
    PAGE.write_text("\n".join([text + HEADING, *lines, ""]), "utf-8")
    print(f"wrote {PAGE.name}")


def ask_all(app: Flask) -> list[str]:
    """Return the lines of the table."""
    numbers = itertools.count(1)

    def people(role: str = "author") -> Person:
        return create_person(app, role, f"{role}{next(numbers)}")

    return table(app, make_scene(app.test_client(), people))


if __name__ == "__main__":
    main()
