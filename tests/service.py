"""The real service for tests: gunicorn on a free port of the loopback interface."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config import PROJECT, SETTINGS
from tests.postgres import free_port

SECONDS_TO_START = 30
# gunicorn itself lets requests in flight take this long.
SECONDS_TO_STOP = 40


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: where it is, its first process, and what it has written so far."""

    url: str
    process: subprocess.Popen[bytes]
    output: IO[str]

    def read_output(self) -> str:
        """All that the service wrote to its standard output and standard error."""
        self.output.seek(0)
        return self.output.read()


@contextmanager
def launch(database_url: str, **settings: str) -> Iterator[Service]:
    """The service on this database, in testing with two workers of four threads unless `settings` says otherwise.

    Raises RuntimeError with what it wrote where it does not become ready.
    """
    usual = {"APP_ENV": "testing", "WEB_CONCURRENCY": "2", "WEB_THREADS": "4", "PORT": str(free_port())}
    chosen = {**usual, **settings, "DATABASE_URL": database_url, "HOST": "127.0.0.1"}
    # An empty variable counts as unset, and hides what a developer has in the environment or in .env.
    environment = {**os.environ, **dict.fromkeys(SETTINGS, ""), **chosen}
    # By its script, as in production: `python -m gunicorn` cannot start itself again (SIGUSR2).
    command = [Path(sys.executable).parent / "gunicorn", "wsgi:app"]
    with (
        tempfile.TemporaryFile("a+") as output,
        subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ) as process,
    ):
        service = Service(f"http://127.0.0.1:{chosen['PORT']}", process, output)
        try:
            _wait_until_ready(service)
            yield service
        finally:
            _stop(process)


@contextmanager
def serve(database_url: str, **settings: str) -> Iterator[str]:
    """The same, for those who only need its address, such as http://127.0.0.1:40123."""
    with launch(database_url, **settings) as service:
        yield service.url


def _wait_until_ready(service: Service) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            urllib.request.urlopen(f"{service.url}/health/ready", timeout=5).close()
        except OSError as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            if service.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the service did not start: {service.read_output()}") from error
            time.sleep(0.05)
        else:
            return


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
