"""Run the real worker."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from config import PROJECT, SETTINGS
from tests.apps import MEDIA, SECRET

SECONDS_TO_STOP = 30


@contextmanager
def working(database_url: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker process, and stop it at the end."""
    usual = {"APP_ENV": "testing", "SECRET_KEY": SECRET, "MEDIA_STORE": str(MEDIA), "DB_POOL_SIZE": "5"}
    chosen = {**usual, **settings, "DATABASE_URL": database_url}
    # Empty variables count as unset, and hide those of the developer and of .env.
    environment = {**os.environ, **dict.fromkeys((*SETTINGS, "PYTHONPATH"), ""), **chosen}
    command = (sys.executable, "-m", "flask", "--app", "wsgi", "worker")
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
