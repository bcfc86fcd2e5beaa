"""Compare the revision of the database with the migrations of this release."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import exc, text

from blog_api.database.dialects import is_postgresql
from blog_api.database.errors import is_schema_outdated
from blog_api.database.session import db

FOLDER = Path(__file__).parents[2] / "migrations"


@dataclass(frozen=True, slots=True)
class Revisions:
    """The newest revision and all revisions of this release."""

    head: str
    known: frozenset[str]

    def is_outdated(self, current: str | None) -> bool:
        """Return whether a database at `current` lacks migrations. A database of a newer release does not."""
        return current is None or (current in self.known and current != self.head)


def init_app(app: Flask) -> None:
    """Read the revisions from the file names of the migrations. They are consecutive numbers."""
    known = frozenset(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py"))
    app.extensions["revisions"] = Revisions(max(known), known)


def current_revision() -> str | None:
    """Return the revision of the database, or None if it has none. Executes one query."""
    try:
        return db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    except exc.DBAPIError as error:
        if is_schema_outdated(error):
            return None
        raise


def needs_migrations(error: exc.DBAPIError) -> bool:
    """Return whether a statement failed because migrations are pending, which also create the file of SQLite."""
    if is_schema_outdated(error):
        return True
    return not is_postgresql() and not Path(str(db.engine.url.database)).exists()


def has_pending_migrations() -> bool:
    """Return whether the database lacks migrations of this release. Executes one query."""
    revisions: Revisions = current_app.extensions["revisions"]
    return revisions.is_outdated(current_revision())
