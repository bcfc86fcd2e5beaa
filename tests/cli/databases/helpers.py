"""Run commands as processes and check their errors."""

from __future__ import annotations

import os
import subprocess
import sys

from sqlalchemy import inspect

from blog_api.database.session import db
from config import PROJECT, SETTINGS
from tests.apps import SECRET

MIGRATING = [
    ("db", "upgrade"),
    ("db", "downgrade"),
    ("db", "current"),
    ("db", "check"),
    ("reset-db", "--yes"),
]


def tables(app):
    with app.app_context():
        return set(inspect(db.engine).get_table_names())


def flask(url, *arguments):
    """Run `flask --app wsgi ARGUMENTS` as a separate process."""
    environment = {**os.environ, **dict.fromkeys(SETTINGS, "")}
    environment |= {"APP_ENV": "testing", "SECRET_KEY": SECRET, "DATABASE_URL": url}
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=PROJECT, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def assert_plain(result, *words):
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.stderr
