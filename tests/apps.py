"""Apps for the tests, and helpers for their databases."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Engine, make_url
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
# Pictures of the tests in this process.
MEDIA = Path(tempfile.gettempdir()) / f"blog-test-media-{os.getpid()}"
atexit.register(shutil.rmtree, MEDIA, ignore_errors=True)
SECRET = "kYx3VqzT0mB7wRj5NcH8sLd2fGp9aUe4"


def configured(environ: dict[str, str]) -> dict[str, Any]:
    """Return the app configuration for these environment variables."""
    settings = config.load(environ)
    keys.configure(settings)
    engine_options.configure(settings)
    return settings


def make_app(url: str, **settings: str) -> Flask:
    """Create an app in the testing environment that supports migrations."""
    usual = {"APP_ENV": "testing", "SECRET_KEY": SECRET, "MEDIA_STORE": str(MEDIA)}
    app = create_app({**usual, "DATABASE_URL": url, **settings})
    migrations.init_app(app)
    return app


@contextlib.contextmanager
def running_app(url: str, **settings: str) -> Iterator[Flask]:
    """Create an app, and close its connections afterwards."""
    app = make_app(url, **settings)
    try:
        yield app
    finally:
        disconnect(app)


def disconnect(app: Flask) -> None:
    """Close the idle connections of the app."""
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def add_blueprint(app: Flask, blueprint: Blueprint) -> None:
    """Register a blueprint, with the same checks as for all others."""
    app.extensions["openapi"].register_blueprint(blueprint)


def migrate(url: str) -> str:
    """Upgrade the database, and return its URL. A new SQLite database is a copy of one that was upgraded before."""
    path = Path(make_url(url).database or "")
    if url.startswith("sqlite") and not (path.exists() and path.stat().st_size):
        path.write_bytes(_migrated_file())
    else:
        _upgrade(url)
    return url


@functools.cache
def _migrated_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "blog.db"
        _upgrade(f"sqlite:///{path}")
        return path.read_bytes()


def _upgrade(url: str) -> None:
    with running_app(url) as app, app.app_context():
        upgrade(MIGRATIONS)


def delete_all_rows(engine: Engine) -> None:
    """Delete all rows quickly, since this runs after each test."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # One by one, because the driver caches compiled statements. With the triggers, compiling takes 15 ms.
            for statement in _removal():
                connection.exec_driver_sql(statement)
        else:
            # In one round trip.
            connection.exec_driver_sql("; ".join(_removal()))


@functools.cache
def _removal() -> list[str]:
    """Return the statements that empty all tables."""
    return [str(table.delete()) for table in reversed(Base.metadata.sorted_tables)]


def run_in_threads(app: Flask, job: Callable[[int], Any], count: int) -> list[Any]:
    """Run `job` in `count` threads with app contexts, and return the results. Each gets its number."""

    def work(number: int) -> Any:
        with app.app_context():
            return job(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(work, range(count)))


def statuses(replies: Iterable[TestResponse]) -> Counter[int]:
    """Count the responses by status."""
    return Counter(reply.status_code for reply in replies)
