"""Apps for the tests, and the tables in their databases."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Engine
from werkzeug.test import TestResponse

import config
from blog_api import create_app
from blog_api.api.blueprint import Blueprint
from blog_api.auth import keys
from blog_api.cli import migrations
from blog_api.database import engine_options
from blog_api.database.base import Base
from blog_api.database.session import db

MIGRATIONS = str(Path(__file__).parent.parent / "migrations")
SECRET = "kYx3VqzT0mB7wRj5NcH8sLd2fGp9aUe4"


def configured(environ: dict[str, str]) -> dict[str, Any]:
    """What an app is configured with by these variables."""
    settings = config.load(environ)
    keys.configure(settings)
    engine_options.configure(settings)
    return settings


def make_app(url: str, **settings: str) -> Flask:
    """An app in testing, on this database, with these settings, that can be migrated."""
    app = create_app({"APP_ENV": "testing", "SECRET_KEY": SECRET, "DATABASE_URL": url, **settings})
    migrations.init_app(app)
    return app


@contextlib.contextmanager
def running_app(url: str, **settings: str) -> Iterator[Flask]:
    """The same, whose connections are closed afterwards."""
    app = make_app(url, **settings)
    try:
        yield app
    finally:
        disconnect(app)


def disconnect(app: Flask) -> None:
    """Close the connections of the app that nobody uses."""
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def add_blueprint(app: Flask, blueprint: Blueprint) -> None:
    """Serve the views of the blueprint too, within the walls of all others."""
    app.extensions["openapi"].register_blueprint(blueprint)


def migrate(url: str) -> str:
    """Make the tables of this release in the database; gives its address back."""
    with running_app(url) as app, app.app_context():
        upgrade(MIGRATIONS)
    return url


def delete_all_rows(engine: Engine) -> None:
    """Empty all tables of the database: in one go, since it is done after each test."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            sqlite = connection.connection.driver_connection
            assert isinstance(sqlite, sqlite3.Connection)
            sqlite.executescript(f"BEGIN; {_removal()}; COMMIT")
        else:
            connection.exec_driver_sql(_removal())


@functools.cache
def _removal() -> str:
    """The statements that empty all tables."""
    return "; ".join(str(table.delete()) for table in reversed(Base.metadata.sorted_tables))


def run_in_threads(app: Flask, job: Callable[[int], Any], count: int) -> list[Any]:
    """Run the job in so many threads at once, each with its number, in a context of the app; gives what they gave."""

    def work(number: int) -> Any:
        with app.app_context():
            return job(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(work, range(count)))


def statuses(replies: Iterable[TestResponse]) -> Counter[int]:
    """How many of the replies have each status."""
    return Counter(reply.status_code for reply in replies)
