"""`flask db`, the commands of Flask-Migrate. The service does not import them, to start about 10% faster."""

from __future__ import annotations

from flask import Flask
from flask_migrate import Migrate

from blog_api.database.revisions import FOLDER
from blog_api.database.session import db

_migrate = Migrate(compare_type=True, compare_server_default=False)


def init_app(app: Flask) -> None:
    """Initialize Flask-Migrate, which registers the command."""
    _migrate.init_app(app, db, directory=str(FOLDER))
