"""Eight upgrades of one database at one moment, as when eight machines start with a new release."""

from __future__ import annotations

import os
import subprocess
import sys

from config import PROJECT
from tests.apps import SECRET

# One process with the app loaded becomes eight, so that they really run at once.
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


def upgrade_eight_times_at_once(url: str, **settings: str) -> None:
    """All of them succeed."""
    own = {"APP_ENV": "testing", "SECRET_KEY": SECRET, "DATABASE_URL": url, "PYTHONPATH": str(PROJECT)}
    # On SQLite one waits for all others.
    own["DB_LOCK_TIMEOUT"] = "60000"
    command = [sys.executable, "-c", EIGHT_UPGRADES]
    environment = os.environ | own | settings
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
