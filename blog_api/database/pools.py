"""The connection pool of the engines: a QueuePool in which nobody waits past the deadline of their request."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import PoolProxiedConnection, QueuePool, exc

from blog_api.context import check_deadline

# How long one wait for a free connection lasts, before the deadline is looked at again.
WAIT_STEP = 0.1


class DeadlinePool(QueuePool):
    """A pool that waits `timeout` seconds for a free connection, or until the deadline, whichever comes first."""

    # SQLAlchemy names the logger of a pool by its module, and shows what is below its own.
    __module__ = QueuePool.__module__

    def __init__(self, creator: Any, timeout: float = 30.0, **options: Any) -> None:
        self.max_wait = timeout
        super().__init__(creator, timeout=min(timeout, WAIT_STEP), **options)

    def recreate(self) -> QueuePool:
        """Return an empty pool of the same kind, for `Engine.dispose`."""
        pool = super().recreate()
        assert isinstance(pool, DeadlinePool)
        pool.max_wait = self.max_wait
        return pool

    def connect(self) -> PoolProxiedConnection:
        """Return a connection. Raises sqlalchemy.exc.TimeoutError, and Unavailable past the deadline."""
        ends = time.monotonic() + min(self.max_wait, check_deadline())
        while True:
            try:
                return super().connect()
            except exc.TimeoutError:
                if time.monotonic() >= ends:
                    raise
