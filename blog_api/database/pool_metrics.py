"""Metrics of the connection pools: checkout times, and open and used connections."""

from __future__ import annotations

import time
from threading import Lock

from sqlalchemy import Engine, PoolProxiedConnection, QueuePool, event

from blog_api.database.pools import DeadlinePool
from blog_api.monitoring.metrics import POOL, POOL_SECONDS, POOL_SIZE


class TimedPool(DeadlinePool):
    """A pool that measures the time of every checkout, including failed ones."""

    # SQLAlchemy names the logger of a pool after its module.
    __module__ = DeadlinePool.__module__

    def connect(self) -> PoolProxiedConnection:
        """Return a connection. Raises sqlalchemy.exc.TimeoutError."""
        start = time.perf_counter()
        try:
            return super().connect()
        finally:
            POOL_SECONDS.observe(time.perf_counter() - start)


class _PoolGauges:
    """Gauges for the connections of one engine."""

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

    def checked_out(self, *_: object) -> None:
        self._in_use.inc()

    def checked_in(self, *_: object) -> None:
        self._in_use.dec()

    def _add(self, number: int) -> None:
        with self._lock:
            self._count += number
            self._open.set(self._count)
            self._overflow.set(max(0, self._count - self._size))


def watch_pool(engine: Engine, name: str) -> None:
    """Measure the pool of `engine`. Call this after adding other listeners, as they can fail a checkout."""
    assert isinstance(engine.pool, QueuePool)
    gauges = _PoolGauges(name, engine.pool.size())
    for event_name, listener in (
        ("connect", gauges.connected),
        ("close", gauges.closed),
        ("checkout", gauges.checked_out),
        ("checkin", gauges.checked_in),
    ):
        event.listen(engine, event_name, listener)
