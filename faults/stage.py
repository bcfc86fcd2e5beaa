"""What a case plays on: a database that holds a blog, and the service before it."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, create_engine

from bench.client import send
from bench.data import PASSWORD, Blog, fill
from bench.load import Plan
from bench.processes import process_tree
from bench.sides import BENCH_SETTINGS
from config import load
from faults import writes
from faults.bars import Bar
from faults.load import Load
from faults.server import Server, open_server
from tests.postgres import create_database
from tests.redis_server import RedisServer
from tests.service import Service, launch, launch_on

JSON = {"Content-Type": "application/json"}
SECONDS_TO_SETTLE = 60


class FaultsError(Exception):
    """Something did not happen that belongs to a case; the message says what."""


@dataclass(slots=True)
class Stage:
    """Everything that a fault may touch. `seconds` is how long a fault lasts that has no length of its own."""

    seconds: float
    folder: Path
    database_url: str
    engine: Engine
    settings: dict[str, str]
    # What a case starts is stopped by this.
    stack: contextlib.ExitStack
    server: Server | None = None
    redis: RedisServer | None = None
    # A socket that the service is given, where somebody else keeps it for the next one.
    listener: socket.socket | None = None
    service: Service = field(init=False)
    # Where the clients go: the service itself, or what stands before it.
    url: str = ""
    load: Load = field(init=False)

    @property
    def postgresql(self) -> Server:
        assert self.server is not None, "this case is for PostgreSQL"
        return self.server

    @property
    def deadline(self) -> float:
        """How many seconds the service gives a request."""
        deadline: int = load(self.settings | {"APP_ENV": "development"})["REQUEST_DEADLINE"]
        return float(deadline)

    @property
    def workers(self) -> list[int]:
        """The processes of the service that answer requests."""
        return [pid for pid in process_tree(self.service.process.pid) if pid != self.service.process.pid]

    def launch(self, **settings: str) -> None:
        """Start the service, with these settings beside those of the case. Raises FaultsError."""
        self.settings |= settings
        if self.listener:
            started = launch_on(self.listener, self.database_url, **self.settings)
        else:
            started = launch(self.database_url, **self.settings)
        try:
            self.service = self.stack.enter_context(started)
        except RuntimeError as error:
            raise FaultsError("the service did not start") from error
        self.url = self.service.url

    def log_in(self) -> str:
        """The token of somebody who may change everything."""
        account = {"username": "author-1", "password": PASSWORD}
        plan = Plan(["/api/v1/auth/login"], "POST", JSON, [json.dumps(account)])
        return str(send(self.service.url, plan).json["access_token"])


# A fault returns when it is over, with what else it has found.
Fault = Callable[[Stage], Sequence[Bar]]


@contextlib.contextmanager
def set_up(
    kind: str, folder: Path, seconds: float, settings: Mapping[str, str], *, small_disk: bool
) -> Iterator[Stage]:
    """A new database of this kind ("postgresql" or "sqlite") with a blog in it. The service is still to be launched."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(open_server(small_disk=small_disk)) if kind == "postgresql" else None
        url = create_database(server.url, "faults") if server else f"sqlite:///{folder / 'faults.db'}"
        fill(url, Blog(writes.POSTS))
        engine = create_engine(url, pool_pre_ping=True)
        stack.callback(engine.dispose)
        writes.prepare(engine)
        engine.dispose()
        yield Stage(seconds, folder, url, engine, {**BENCH_SETTINGS, **settings}, stack, server)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Return once it is so. Raises FaultsError where it does not come to be."""
    deadline = time.monotonic() + SECONDS_TO_SETTLE
    while not condition():
        if time.monotonic() > deadline:
            raise FaultsError(f"{what}: not within {SECONDS_TO_SETTLE} seconds")
        time.sleep(0.02)
