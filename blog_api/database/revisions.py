"""Where the database stands among the migrations of this code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import exc, text

from blog_api.database.errors import is_schema_outdated
from blog_api.database.session import db

FOLDER = Path(__file__).parents[2] / "migrations"


@dataclass(frozen=True, slots=True)
class Revisions:
    """The revisions that this code knows: the newest, and all."""

    head: str
    known: frozenset[str]

    def is_outdated(self, current: str | None) -> bool:
        """Whether a database at `current` lacks some. One that is ahead, by a newer release, does not."""
        return current is None or (current in self.known and current != self.head)


def init_app(app: Flask) -> None:
    """Read the revisions once, when the app starts: files that are named by them, which are numbers in one chain."""
    known = frozenset(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))
    app.extensions["revisions"] = Revisions(max(known), known)


def current_revision() -> str | None:
    """The revision of the database; None where it has none. One query."""
    try:
        return db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    except exc.DBAPIError as error:
        if is_schema_outdated(error):
            return None
        raise


def is_behind() -> bool:
    """Whether the database lacks migrations of this code. One query."""
    revisions: Revisions = current_app.extensions["revisions"]
    return revisions.is_outdated(current_revision())
