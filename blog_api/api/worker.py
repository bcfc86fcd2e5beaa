"""gunicorn's worker with threads, and what it lacks: it tells requests how long they have waited for a thread, and
leaves connections that it cannot serve at once to other workers.

The subclass stays, since nothing else knows of the time in the queue, which counts against the deadline, and since all
workers listen to one socket: whoever wakes first would take every connection of a burst.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from socket import socket
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from blog_api.api.deadlines import record_wait

# How long a busy worker leaves a new connection to the others, in seconds.
ACCEPT_DELAY = 0.002


class TimedThreadPool(ThreadPoolExecutor):
    """A thread pool that notes how long each request has waited for its thread."""

    def submit(self, handle: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Run the function in a thread, after noting the wait there."""
        queued = time.monotonic()

        def run() -> Any:
            record_wait(time.monotonic() - queued)
            return handle(*args, **options)

        return super().submit(run)


class Worker(ThreadWorker):
    """A worker whose requests have their deadline from the moment they are queued."""

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """Return the pool that runs the requests."""
        return TimedThreadPool(self.cfg.threads)

    def accept(self, listener: socket) -> None:
        """Accept a connection, if no other worker has by the end of the pause."""
        waiting_for_clients = len(self.keepalived_conns) + len(self.pending_conns)
        if self.nr_conns - waiting_for_clients >= self.cfg.threads:
            time.sleep(ACCEPT_DELAY)
        super().accept(listener)
