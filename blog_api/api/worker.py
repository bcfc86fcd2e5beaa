"""A threaded gunicorn worker that measures how long requests wait for a thread, and leaves connections to idle workers.

Only the worker knows the queue time, which counts against the deadline. And since all workers share one listening
socket, the first one to wake up would accept every connection of a burst.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from socket import socket
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from blog_api.api.deadlines import record_wait

# How long a busy worker waits before it accepts a connection, so that an idle one can take it, in seconds.
ACCEPT_DELAY = 0.002


class TimedThreadPool(ThreadPoolExecutor):
    """A thread pool that records how long each request has waited for a thread."""

    def submit(self, handle: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Run the function in a thread, after recording its wait there."""
        queued = time.monotonic()

        def run() -> Any:
            record_wait(time.monotonic() - queued)
            return handle(*args, **options)

        return super().submit(run)


class Worker(ThreadWorker):
    """A threaded worker in which request deadlines include the time in the queue."""

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """Return the thread pool that runs the requests."""
        return TimedThreadPool(self.cfg.threads)

    def accept(self, listener: socket) -> None:
        """Accept a connection. If all threads are busy, first give other workers the chance to take it."""
        idle = len(self.keepalived_conns) + len(self.pending_conns)
        if self.nr_conns - idle >= self.cfg.threads:
            time.sleep(ACCEPT_DELAY)
        super().accept(listener)
