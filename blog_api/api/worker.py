"""The worker of gunicorn: which clients it takes, and how long each request has waited for a thread."""

from __future__ import annotations

import time
from socket import socket
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from blog_api.api.deadlines import note_wait

# How long a worker that is busy leaves new connections to the others, in seconds.
PAUSE = 0.002


class Worker(ThreadWorker):
    """Threads, and a queue before them. A request has its deadline from the moment when it comes into the queue."""

    _accepts_from = 0.0

    def accept(self, listener: socket) -> None:
        """Somebody connects. Where no thread is free, the next one is left to another worker, if there is one for it.

        Whoever is awake first would take all that come at once, and answer them alone as long as they last.
        """
        super().accept(listener)
        if self._is_busy():
            self._accepts_from = time.monotonic() + PAUSE
            self.set_accept_enabled(False)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Start or stop listening, as often as the main loop asks for it."""
        paused = self._is_busy() and time.monotonic() < self._accepts_from
        super().set_accept_enabled(enabled and not paused)

    def _is_busy(self) -> bool:
        waiting_for_clients = len(self.keepalived_conns) + len(self.pending_conns)
        busy: bool = self.nr_conns - waiting_for_clients >= self.cfg.threads
        return busy

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what comes next, but not longer than the pause."""
        pause = self._accepts_from - time.monotonic()
        super().wait_for_and_dispatch_events(min(timeout, pause) if pause > 0 else timeout)

    def enqueue_req(self, conn: TConn) -> None:
        """A request is there, or a connection that will send one soon."""
        conn.queued = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        """Its turn has come."""
        note_wait(time.monotonic() - conn.queued)
        return super().handle(conn)
