"""The real service for tests: gunicorn on a free port of the loopback interface."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from config import PROJECT, SETTINGS
from tests.http import ask
from tests.postgres import free_port

PASSWORD = "correct horse battery"
SECONDS_TO_START = 30
# gunicorn itself lets requests in flight take this long.
SECONDS_TO_STOP = 40
# What systemd does with a socket: it is the file 3, and the environment says who it is for.
ACTIVATION = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execv(sys.argv[2], sys.argv[2:])
"""


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


def launch(database_url: str, **settings: str) -> AbstractContextManager[Service]:
    """The service on this database, in testing with two workers of four threads unless `settings` says otherwise.

    It listens on PORT of the settings, or on a free one. Raises RuntimeError with its output if it does not start.
    """
    return _launch(database_url, None, settings)


def launch_in(folder: Path, database_url: str, **settings: str) -> AbstractContextManager[Service]:
    """The same by the code and the gunicorn.conf.py of another folder."""
    return _launch(database_url, None, settings, folder)


def launch_on(listener: socket.socket, database_url: str, **settings: str) -> AbstractContextManager[Service]:
    """The same on a socket that it is given, as systemd does, and that stays when the service ends."""
    return _launch(database_url, listener, settings)


@contextmanager
def _launch(
    database_url: str,
    listener: socket.socket | None,
    settings: Mapping[str, str],
    folder: Path = PROJECT,
) -> Iterator[Service]:
    port = str(listener.getsockname()[1] if listener else free_port())
    usual = {"APP_ENV": "testing", "WEB_CONCURRENCY": "2", "WEB_THREADS": "4", "PORT": port}
    chosen = {**usual, **settings, "DATABASE_URL": database_url, "HOST": "127.0.0.1"}
    # An empty variable counts as unset, and hides what a developer has in the environment or in .env.
    # Without PYTHONPATH, which may lead to the code of another folder.
    environment = {**os.environ, **dict.fromkeys((*SETTINGS, "PYTHONPATH"), ""), **chosen}
    # By its script, as in production: `python -m gunicorn` cannot start itself again (SIGUSR2).
    command = [str(Path(sys.executable).parent / "gunicorn"), "wsgi:app"]
    kept = [listener.fileno()] if listener else []
    if listener:
        command = [sys.executable, "-c", ACTIVATION, str(listener.fileno()), *command]
    with (
        tempfile.TemporaryFile("a+") as output,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
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
            _stop(process)


@contextmanager
def serve(database_url: str, **settings: str) -> Iterator[str]:
    """The same, for those who only need its address, such as http://127.0.0.1:40123."""
    with launch(database_url, **settings) as service:
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


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def log_in(url: str) -> str:
    """The token of somebody new."""
    account = {"username": "ada", "email": "ada@example.com", "password": PASSWORD}
    assert ask(url, "POST", "/api/v1/auth/register", account).status == 201
    reply = ask(url, "POST", "/api/v1/auth/login", {"username": "ada", "password": PASSWORD})
    assert reply.status == 200
    token: str = reply.json["access_token"]
    return token


def post(title: str = "Hello", **fields: Any) -> dict[str, Any]:
    """A new post."""
    return {"title": title, "content": "Text.", "status": "published", "tags": ["one"], **fields}
