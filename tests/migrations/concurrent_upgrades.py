"""Run eight concurrent upgrades of a database, as when eight machines start a new release."""

from __future__ import annotations

import os
import subprocess
import sys

from config import PROJECT
from tests.apps import SECRET

# Load the app once and fork eight times, so that the upgrades really run concurrently.
EIGHT_UPGRADES = """
import os
from flask_migrate import upgrade
from blog_api.cli import migrations
from wsgi import app

migrations.init_app(app)

def run():
    if child := os.fork():
        return child
    try:
        with app.app_context():
            upgrade()
    except BaseException as error:
        print(repr(error), flush=True)
        os._exit(1)
    os._exit(0)

statuses = [os.waitpid(child, 0)[1] for child in [run() for _ in range(8)]]
raise SystemExit(any(statuses))
"""


def run_eight_upgrades(url: str, **settings: str) -> None:
    """Run eight concurrent upgrades, and assert that all succeed."""
    own = {"APP_ENV": "testing", "SECRET_KEY": SECRET, "DATABASE_URL": url, "PYTHONPATH": str(PROJECT)}
    # On SQLite, upgrades wait for each other.
    own["DB_LOCK_TIMEOUT"] = "60000"
    command = [sys.executable, "-c", EIGHT_UPGRADES]
    environment = os.environ | own | settings
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
