"""The environment of a case: a database with a blog, and the service."""

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
from faults.limits import Limit
from faults.load import Load
from faults.server import Server, open_server
from tests.postgres import create_database
from tests.redis_server import RedisServer
from tests.service import Service, launch, launch_on

JSON = {"Content-Type": "application/json"}
SECONDS_TO_SETTLE = 60


class FaultsError(Exception):
    """An expected event of a case did not happen."""


@dataclass(slots=True)
class Environment:
    """The environment of a case. `seconds` is the default duration of a fault."""

    seconds: float
    folder: Path
    database_url: str
    engine: Engine
    settings: dict[str, str]
    # Stops everything that the case has started.
    stack: contextlib.ExitStack
    server: Server | None = None
    redis: RedisServer | None = None
    # A listening socket to pass to the service, if it must outlive the service.
    listener: socket.socket | None = None
    service: Service = field(init=False)
    # The URL for clients: the service, or the proxy in front of it.
    url: str = ""
    load: Load = field(init=False)

    @property
    def postgresql(self) -> Server:
        assert self.server is not None, "this case requires PostgreSQL"
        return self.server

    @property
    def deadline(self) -> float:
        """The request deadline of the service in seconds."""
        deadline: int = load(self.settings | {"APP_ENV": "development"})["REQUEST_DEADLINE"]
        return float(deadline)

    @property
    def workers(self) -> list[int]:
        """The PIDs of the worker processes."""
        return [pid for pid in process_tree(self.service.process.pid) if pid != self.service.process.pid]

    def launch(self, **settings: str) -> None:
        """Start the service with additional settings. Raises FaultsError."""
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
        """Log in as an admin, and return the access token."""
        account = {"username": "author-1", "password": PASSWORD}
        plan = Plan(["/api/v1/auth/login"], "POST", JSON, [json.dumps(account)])
        return str(send(self.service.url, plan).json["access_token"])

    def create_preview(self, token: str) -> str:
        """Create a preview of a post with its working copy, and return the token of the preview."""
        headers = JSON | {"Authorization": f"Bearer {token}"}
        plan = Plan([f"/api/v1/posts/{writes.LIVE[0]}/previews"], "POST", headers, ["{}"], 201)
        return str(send(self.service.url, plan).json["token"])


# A fault returns when it is over, with additional limits.
Fault = Callable[[Environment], Sequence[Limit]]


@contextlib.contextmanager
def set_up(
    kind: str, folder: Path, seconds: float, settings: Mapping[str, str], *, small_disk: bool
) -> Iterator[Environment]:
    """Create a temporary database ("postgresql" or "sqlite") with a blog. This does not start the service."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(open_server(small_disk=small_disk)) if kind == "postgresql" else None
        url = create_database(server.url, "faults") if server else f"sqlite:///{folder / 'faults.db'}"
        fill(url, Blog(writes.POSTS))
        engine = create_engine(url, pool_pre_ping=True)
        stack.callback(engine.dispose)
        writes.prepare(engine)
        engine.dispose()
        chosen = {**BENCH_SETTINGS, "MEDIA_STORE": str(folder / "media"), **settings}
        yield Environment(seconds, folder, url, engine, chosen, stack, server)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait until the condition holds. Raises FaultsError on a timeout."""
    deadline = time.monotonic() + SECONDS_TO_SETTLE
    while not condition():
        if time.monotonic() > deadline:
            raise FaultsError(f"{what}: not within {SECONDS_TO_SETTLE} seconds")
        time.sleep(0.02)
