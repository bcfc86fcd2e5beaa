"""The sides that are compared, each a service on a free port: blog_api, the floor, the peer."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from bench.load import BenchError
from config import PROJECT, SETTINGS
from tests.postgres import free_port
from tests.service import launch_in

PEER = PROJECT / "bench" / "peers" / "fastapi_sqlmodel"
PEER_PYTHON = PROJECT / ".venv-bench" / "bin" / "python"
SECRET = "d8Kq2vXw5TzB7nRj4LcH9sMf6pGyAe3U"  # noqa: S105 - signs tokens of a service that lives for minutes
# Production, but for how often and how long one client may do what the benchmark does all the time.
BENCH_SETTINGS = {
    "APP_ENV": "production",
    "SECRET_KEY": SECRET,
    "WEB_CONCURRENCY": "2",
    "WEB_THREADS": "4",
    "ACCESS_TOKEN_MINUTES": "1440",
    "RATELIMIT_LOGIN": "1000000 per minute",
    "RATELIMIT_WRITE": "1000000 per minute",
}
SECONDS_TO_START = 30


@dataclass(frozen=True, slots=True)
class Code:
    """A tree of the service's code: the name of its side, and the folder that it is in."""

    side: str
    folder: Path


PRESENT = Code("blog_api", PROJECT)


@dataclass(frozen=True, slots=True)
class Side:
    """A running service: its name, where it is, and the first of its processes."""

    name: str
    url: str
    pid: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two instances of the same code: one with the reply cache, one without."""

    cached: Side
    uncached: Side


@contextmanager
def blog_api(database_url: str, code: Code = PRESENT, **settings: str) -> Iterator[Side]:
    """Serve as in production: gunicorn, two workers of four threads, all that it does on each request.

    Raises BenchError where the service does not start, or reports that the database is behind its migrations.
    """
    with ExitStack() as stack:
        try:
            service = stack.enter_context(launch_in(code.folder, database_url, **BENCH_SETTINGS, **settings))
        except RuntimeError as error:
            raise BenchError(
                f"{code.side} cannot serve the database that the present code has migrated: {error}"
            ) from error
        yield Side(code.side, service.url, service.process.pid)


@contextmanager
def pair(database_url: str, code: Code) -> Iterator[Pair]:
    """Serve twice, with and without kept replies."""
    with (
        blog_api(database_url, code) as cached,
        blog_api(database_url, code, REPLY_CACHE_MB="0") as uncached,
    ):
        yield Pair(cached, uncached)


@contextmanager
def floor(database_url: str, replies: Path) -> Iterator[Side]:
    """Bare Flask views of the files in `replies`, under the same gunicorn."""
    port = free_port()
    environment = {**dict.fromkeys(SETTINGS, ""), **BENCH_SETTINGS, "BENCH_REPLIES": str(replies)}
    environment |= {"DATABASE_URL": database_url, "HOST": "127.0.0.1", "PORT": str(port)}
    command = [sys.executable, "-m", "gunicorn", "--config", "bench/floor.conf.py", "bench.floor:app"]
    with _started("floor", command, PROJECT, environment, f"http://127.0.0.1:{port}") as side:
        yield side


@contextmanager
def peer(database_url: str) -> Iterator[Side]:
    """FastAPI, SQLModel and asyncpg on the same database, under uvicorn with two workers."""
    if not PEER_PYTHON.exists():
        raise BenchError("the peer is not installed; `make bench` does that")
    port = free_port()
    url = make_url(database_url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
    command = [str(PEER_PYTHON), "-m", "uvicorn", "main:app", "--workers", "2"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    environment = {"DATABASE_URL": url, "SECRET_KEY": SECRET}
    with _started("peer", command, PEER, environment, f"http://127.0.0.1:{port}") as side:
        yield side


@contextmanager
def _started(
    name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str], url: str
) -> Iterator[Side]:
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environment}, stdout=output, stderr=output
        )
        try:
            deadline = time.monotonic() + SECONDS_TO_START
            while not _answers(url):
                if process.poll() is not None or time.monotonic() > deadline:
                    output.seek(0)
                    raise BenchError(f"{name} did not start: {output.read()}")
                time.sleep(0.05)
            yield Side(name, url, process.pid)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
    except OSError:
        return False
    return True
