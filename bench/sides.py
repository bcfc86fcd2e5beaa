"""The services to compare: blog_api, the floor and the peer, each on a free port."""

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

from bench.data import MEDIA
from bench.load import BenchError
from config import PROJECT, SETTINGS
from tests.postgres import free_port
from tests.service import launch_in

PEER = PROJECT / "bench" / "peers" / "fastapi_sqlmodel"
PEER_PYTHON = PROJECT / ".venv-bench" / "bin" / "python"
SECRET = "d8Kq2vXw5TzB7nRj4LcH9sMf6pGyAe3U"  # noqa: S105 - signs tokens of a temporary service
# Production settings, except for rate limits and token lifetimes, which the benchmark would exceed.
BENCH_SETTINGS = {
    "APP_ENV": "production",
    "SECRET_KEY": SECRET,
    "WEB_CONCURRENCY": "2",
    "WEB_THREADS": "4",
    "MEDIA_STORE": str(MEDIA),
    # Feeds need it.
    "POST_URL": "https://example.com/{slug}/",
    "ACCESS_TOKEN_MINUTES": "1440",
    "RATELIMIT_LOGIN": "1000000 per minute",
    "RATELIMIT_WRITE": "1000000 per minute",
    "RATELIMIT_COMMENT": "1000000 per minute",
}
SECONDS_TO_START = 30


@dataclass(frozen=True, slots=True)
class Code:
    """A source tree of the service: the name of its side, and its folder."""

    side: str
    folder: Path


PRESENT = Code("blog_api", PROJECT)


@dataclass(frozen=True, slots=True)
class Side:
    """A running service: its name, its URL, and the PID of its first process."""

    name: str
    url: str
    pid: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two instances of the same code, with and without the response cache."""

    cached: Side
    uncached: Side


@contextmanager
def blog_api(database_url: str, code: Code = PRESENT, **settings: str) -> Iterator[Side]:
    """Serve as in production: gunicorn with two workers of four threads, and all features enabled.

    Raises BenchError if the service does not start, or reports that the database lacks migrations.
    """
    with ExitStack() as stack:
        try:
            service = stack.enter_context(launch_in(code.folder, database_url, **(BENCH_SETTINGS | settings)))
        except RuntimeError as error:
            raise BenchError(
                f"{code.side} cannot serve the database migrated by the current code: {error}"
            ) from error
        yield Side(code.side, service.url, service.process.pid)


@contextmanager
def pair(database_url: str, code: Code) -> Iterator[Pair]:
    """Run two instances, with and without the response cache."""
    with (
        blog_api(database_url, code) as cached,
        blog_api(database_url, code, REPLY_CACHE_MB="0") as uncached,
    ):
        yield Pair(cached, uncached)


@contextmanager
def floor(database_url: str, replies: Path) -> Iterator[Side]:
    """Serve the files in `replies` with bare Flask views, under the same gunicorn configuration."""
    port = free_port()
    environment = {**dict.fromkeys(SETTINGS, ""), **BENCH_SETTINGS, "BENCH_REPLIES": str(replies)}
    environment |= {"DATABASE_URL": database_url, "HOST": "127.0.0.1", "PORT": str(port)}
    command = [sys.executable, "-m", "gunicorn", "--config", "bench/floor.conf.py", "bench.floor:app"]
    with _started("floor", command, PROJECT, environment, f"http://127.0.0.1:{port}") as side:
        yield side


@contextmanager
def peer(database_url: str) -> Iterator[Side]:
    """Serve the same database with FastAPI, SQLModel and asyncpg, under uvicorn with two workers."""
    if not PEER_PYTHON.exists():
        raise BenchError("the peer is not installed; run `make bench`, which installs it")
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
