"""Where the database stands among the migrations of this code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic.script import ScriptDirectory
from flask import Flask, current_app
from sqlalchemy import exc, text

from blog_api.database import db

FOLDER = Path(__file__).parent.parent / "migrations"

# PostgreSQL says by code that a table or a column is not there, SQLite in words.
_MISSING_CODES = ("42P01", "42703")
_MISSING_WORDS = ("no such table", "no such column", "has no column named")


@dataclass(frozen=True, slots=True)
class Revisions:
    """The revisions that this code knows: the newest, and all."""

    head: str
    known: frozenset[str]


def init_app(app: Flask) -> None:
    """Read the revisions once, when the app starts."""
    script = ScriptDirectory(FOLDER)
    known = frozenset(revision.revision for revision in script.walk_revisions())
    app.extensions["revisions"] = Revisions(script.get_current_head() or "", known)


def lacks_tables(error: exc.DBAPIError) -> bool:
    """Whether a statement failed because the migrations were not applied."""
    said = str(error.orig)
    return getattr(error.orig, "pgcode", None) in _MISSING_CODES or any(
        word in said for word in _MISSING_WORDS
    )


def current_revision() -> str | None:
    """The revision of the database; None where it has none. One query."""
    try:
        return db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    except exc.DBAPIError as error:
        if lacks_tables(error):
            return None
        raise


def is_behind() -> bool:
    """Whether the database lacks migrations of this code. One that is ahead, by a newer release, is not behind."""
    revisions: Revisions = current_app.extensions["revisions"]
    current = current_revision()
    return current is None or (current in revisions.known and current != revisions.head)
