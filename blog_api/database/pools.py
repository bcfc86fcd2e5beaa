"""The pool of connections that engines have."""

from __future__ import annotations

from sqlalchemy import QueuePool
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import queue

from blog_api.context import check_deadline


class _Queue(queue.Queue[ConnectionPoolEntry]):
    """The idle connections of a pool. Nobody waits for one past the deadline."""

    def get(self, block: bool = True, timeout: float | None = None) -> ConnectionPoolEntry:
        left = check_deadline()
        return super().get(block, left if timeout is None else min(timeout, left))


class Pool(QueuePool):
    """A pool that keeps the deadline of each request."""

    # By which SQLAlchemy names its logger: what a pool says goes where it always went.
    __module__ = QueuePool.__module__
    _queue_class = _Queue
