"""Run the real service with gunicorn on a free port of the loopback interface."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from config import PROJECT, SETTINGS
from tests.http import ask
from tests.postgres import free_port

PASSWORD = "correct horse battery"
# Enough for a busy machine.
SECONDS_TO_START = 60
# More than the graceful timeout of gunicorn.
SECONDS_TO_STOP = 40
# The script as in production: `python -m gunicorn` cannot re-execute itself (SIGUSR2).
GUNICORN = (str(Path(sys.executable).parent / "gunicorn"), "wsgi:app")
# Socket activation as in systemd: the socket is file descriptor 3, and the environment names the process.
ACTIVATION = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: its URL, its master process, and its output."""

    url: str
    process: subprocess.Popen[bytes]
    output: IO[str]

    def read_output(self) -> str:
        """Return the standard output and standard error of the service so far."""
        self.output.seek(0)
        return self.output.read()


def launch(database_url: str, **settings: str) -> AbstractContextManager[Service]:
    """Run the service on this database, by default in testing with two workers of four threads.

    It listens on PORT from the settings, or on a free port. Raises RuntimeError with its output if it does not start.
    """
    return _launch(database_url, None, settings)


def launch_in(folder: Path, database_url: str, **settings: str) -> AbstractContextManager[Service]:
    """Run the service with the code and gunicorn.conf.py from another folder."""
    return _launch(database_url, None, settings, folder)


def launch_on(listener: socket.socket, database_url: str, **settings: str) -> AbstractContextManager[Service]:
    """Run the service on an inherited socket, which stays open when the service stops."""
    return _launch(database_url, listener, settings)


def launch_with_worker(database_url: str, **settings: str) -> AbstractContextManager[Service]:
    """Run the service and the worker, as `make run` does."""
    return _launch(database_url, None, settings, command=("sh", "deploy/run.sh", sys.executable))


@contextmanager
def _launch(
    database_url: str,
    listener: socket.socket | None,
    settings: Mapping[str, str],
    folder: Path = PROJECT,
    command: Sequence[str] = GUNICORN,
) -> Iterator[Service]:
    port = str(listener.getsockname()[1] if listener else free_port())
    usual = {"APP_ENV": "testing", "WEB_CONCURRENCY": "2", "WEB_THREADS": "4", "PORT": port}
    chosen = {**usual, **settings, "DATABASE_URL": database_url, "HOST": "127.0.0.1"}
    kept = [listener.fileno()] if listener else []
    if listener:
        command = (sys.executable, "-c", ACTIVATION, str(listener.fileno()), *command)
    with (
        tempfile.TemporaryDirectory(prefix="blog-media-") as media,
        tempfile.TemporaryFile("a+") as output,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment({"MEDIA_STORE": media, **chosen}),
            pass_fds=kept,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        service = Service(f"http://127.0.0.1:{chosen['PORT']}", process, output)
        try:
            _wait_until_ready(service)
            yield service
        finally:
            stop(process)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process with these settings and no others.

    Empty variables count as unset, and hide those of the developer and of .env. PYTHONPATH could lead to the code of
    another folder.
    """
    return {**os.environ, **dict.fromkeys((*SETTINGS, "PYTHONPATH"), ""), **settings}


@contextmanager
def serve(database_url: str, **settings: str) -> Iterator[str]:
    """Run the service, by default with one worker. Yield only its URL, such as http://127.0.0.1:40123."""
    with launch(database_url, **{"WEB_CONCURRENCY": "1", **settings}) as service:
        yield service.url


def _wait_until_ready(service: Service) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    answer = ""
    while True:
        try:
            urllib.request.urlopen(f"{service.url}/health/ready", timeout=5).close()
        except OSError as error:
            if isinstance(error, urllib.error.HTTPError):
                with error:
                    answer = error.read().decode()
            if service.process.poll() is not None or time.monotonic() > deadline:
                said = service.read_output() + answer
                raise RuntimeError(f"the service did not start: {said}") from error
            time.sleep(0.05)
        else:
            return


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a process with SIGTERM, or kill it and raise TimeoutExpired if it does not stop."""
    process.terminate()
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def log_in(url: str) -> str:
    """Register and log in a user, and return the access token."""
    account = {"username": "ada", "email": "ada@example.com", "password": PASSWORD}
    assert ask(url, "POST", "/api/v1/auth/register", account).status == 201
    reply = ask(url, "POST", "/api/v1/auth/login", {"username": "ada", "password": PASSWORD})
    assert reply.status == 200
    token: str = reply.json["access_token"]
    return token


def post(title: str = "Hello", **fields: Any) -> dict[str, Any]:
    """Return the JSON of a new post."""
    return {"title": title, "content": "Text.", "status": "published", "tags": ["one"], **fields}
