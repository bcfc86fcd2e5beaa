"""The worker of gunicorn, which tells each request how long it has waited for a thread."""

from __future__ import annotations

import time
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from blog_api.deadlines import note_wait


class Worker(ThreadWorker):  # type: ignore[misc]
    """Threads, and a queue before them. A request has its deadline from the moment when it comes into the queue."""

    def enqueue_req(self, conn: TConn) -> None:
        """A request is there, or a connection that will send one soon."""
        conn.queued = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        """Its turn has come."""
        note_wait(time.monotonic() - conn.queued)
        return super().handle(conn)
