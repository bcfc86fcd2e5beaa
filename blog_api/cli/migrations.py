"""`flask db`: Alembic by Flask-Migrate. The service starts without it: to import it takes a ninth more."""

from __future__ import annotations

from flask import Flask
from flask_migrate import Migrate

from blog_api.database.revisions import FOLDER
from blog_api.database.session import db

_migrate = Migrate(compare_type=True, compare_server_default=False)


def init_app(app: Flask) -> None:
    """Add the command, and to the app what the functions of Flask-Migrate look for there."""
    _migrate.init_app(app, db, directory=str(FOLDER))
