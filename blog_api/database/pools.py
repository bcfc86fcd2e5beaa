"""The connection pool of the engines: a QueuePool that respects the request deadline."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import PoolProxiedConnection, QueuePool, exc

from blog_api.context import check_deadline

# Seconds to wait for a free connection before checking the deadline again.
WAIT_STEP = 0.1


class DeadlinePool(QueuePool):
    """A pool that waits up to `timeout` seconds for a connection, but not past the request deadline."""

    # SQLAlchemy names the logger of a pool after its module. DB_ECHO_POOL configures loggers below `sqlalchemy.pool`.
    __module__ = QueuePool.__module__

    def __init__(self, creator: Any, timeout: float = 30.0, **options: Any) -> None:
        self.max_wait = timeout
        super().__init__(creator, timeout=min(timeout, WAIT_STEP), **options)

    def recreate(self) -> QueuePool:
        """Return a new, empty pool with the same options, for `Engine.dispose`."""
        pool = super().recreate()
        assert isinstance(pool, DeadlinePool)
        pool.max_wait = self.max_wait
        return pool

    def connect(self) -> PoolProxiedConnection:
        """Return a connection. Raises sqlalchemy.exc.TimeoutError, or Unavailable past the deadline."""
        ends = time.monotonic() + min(self.max_wait, check_deadline())
        while True:
            try:
                return super().connect()
            except exc.TimeoutError:
                if time.monotonic() >= ends:
                    raise
