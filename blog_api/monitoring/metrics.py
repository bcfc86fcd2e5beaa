"""What Prometheus is told: requests, refusals, pools, breakers, kept replies. Names and numbers, nothing private."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from threading import Lock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from sqlalchemy import Engine, PoolProxiedConnection, QueuePool, event

from blog_api.context import METHODS, exchange
from blog_api.database.pools import Pool
from blog_api.monitoring.metric_files import Exposition

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
# The library keeps the figures of each process in this folder, if there is one when it is imported.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "blog_requests", "Requests that were answered", ["method", "route", "status"], registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "blog_request_seconds", "Time to answer", ["method", "route"], registry=REGISTRY, buckets=SECONDS
)
REFUSALS = Counter(
    "blog_refusals",
    "Failed logins, denials and limits, as the audit calls them",
    ["event"],
    registry=REGISTRY,
)
KEPT_REPLIES = Counter("blog_kept_replies_hits", "Kept replies that were sent again", registry=REGISTRY)
POOL_SECONDS = Histogram(
    "blog_pool_wait_seconds", "Time to get a connection", registry=REGISTRY, buckets=SECONDS
)
POOL = Gauge(
    "blog_pool_connections",
    "Connections of all processes: in use, open, and opened on top of those that are kept",
    ["pool", "state"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
POOL_SIZE = Gauge(
    "blog_pool_size",
    "Connections that each process keeps",
    ["pool"],
    registry=REGISTRY,
    multiprocess_mode="livemax",
)
BREAKERS = Gauge(
    "blog_breaker_open",
    "Processes that leave it alone",
    ["name"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)


class TimedPool(Pool):
    """A pool that notes how long each connection was waited for, also in vain."""

    # By which SQLAlchemy names its logger, as that of other pools.
    __module__ = Pool.__module__

    def connect(self) -> PoolProxiedConnection:
        """A connection. Raises sqlalchemy.exc.TimeoutError."""
        start = time.perf_counter()
        try:
            return super().connect()
        finally:
            POOL_SECONDS.observe(time.perf_counter() - start)


class _PoolWatch:
    """How the connections of one engine stand."""

    def __init__(self, name: str, size: int) -> None:
        self._name, self._size = name, size
        self._in_use, self._open, self._overflow = (
            POOL.labels(name, state) for state in ("in_use", "open", "overflow")
        )
        self._count = 0
        self._lock = Lock()

    def connected(self, *_: object) -> None:
        self._add(1)
        POOL_SIZE.labels(self._name).set(self._size)

    def closed(self, *_: object) -> None:
        self._add(-1)

    def taken(self, *_: object) -> None:
        self._in_use.inc()

    def given_back(self, *_: object) -> None:
        self._in_use.dec()

    def _add(self, number: int) -> None:
        with self._lock:
            self._count += number
            self._open.set(self._count)
            self._overflow.set(max(0, self._count - self._size))


def watch_pool(engine: Engine, name: str) -> None:
    """Tell how the connections of `engine` stand. After all others who look at them: what is taken may yet fail."""
    assert isinstance(engine.pool, QueuePool)
    watch = _PoolWatch(name, engine.pool.size())
    for what, note in (
        ("connect", watch.connected),
        ("close", watch.closed),
        ("checkout", watch.taken),
        ("checkin", watch.given_back),
    ):
        event.listen(engine, what, note)


def are_on(app: Flask) -> bool:
    """Whether anybody may ask for the metrics of this app."""
    return bool(app.config["METRICS_TOKEN"] or app.config["METRICS_BIND"])


@lru_cache(maxsize=4096)
def _series(method: str, route: str, status: int) -> tuple[Callable[[], None], Callable[[float], None]]:
    return REQUESTS.labels(method, route, str(status)).inc, REQUEST_SECONDS.labels(method, route).observe


class RequestCount:
    """Counts what is answered, and how long it took."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the app does."""
        try:
            return self._app(environ, start_response)
        finally:
            # By the rule and never by the path, and by methods that there are: whoever makes up others makes no new
            # series.
            method = environ["REQUEST_METHOD"]
            count, observe = _series(
                method if method in METHODS else "other", exchange.route or "none", exchange.status
            )
            count()
            observe(time.perf_counter() - exchange.started)


def init_app(app: Flask) -> None:
    """Measure from now on, if anybody may ask. Before the engines are made."""
    if not are_on(app):
        return
    folder = os.environ.get(FOLDER)
    app.extensions["metrics"] = Exposition(REGISTRY, Path(folder) if folder else None)
    options = [app.config["SQLALCHEMY_ENGINE_OPTIONS"], *app.config["SQLALCHEMY_BINDS"].values()]
    for one in options:
        one["poolclass"] = TimedPool
