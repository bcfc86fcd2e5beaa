"""Run the real worker."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from config import PROJECT
from tests.apps import MEDIA, SECRET
from tests.service import environment, stop


@contextmanager
def working(database_url: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker process, and stop it at the end."""
    usual = {"APP_ENV": "testing", "SECRET_KEY": SECRET, "MEDIA_STORE": str(MEDIA), "DB_POOL_SIZE": "5"}
    environ = environment({**usual, **settings, "DATABASE_URL": database_url})
    command = (sys.executable, "-m", "flask", "--app", "wsgi", "worker")
    with subprocess.Popen(
        command, cwd=PROJECT, env=environ, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            stop(process)
