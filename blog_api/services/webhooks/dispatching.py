"""Send to all endpoints that have messages, each in a thread of its own, so that none waits for another."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from blog_api.api.errors import problem_from
from blog_api.crud.webhooks import queue
from blog_api.database.columns import utcnow
from blog_api.database.session import reading
from blog_api.problems import EditConflict, Unavailable
from blog_api.services.webhooks.sending import Sender

log = logging.getLogger(__name__)

# Seconds for requests that are being sent when the worker stops.
GRACE = 3.0
# Before sending to an endpoint again after the database failed, or after a bug.
PAUSE = timedelta(seconds=10)


class Dispatcher:
    """Starts a thread for each endpoint with messages to send, and another for its tests and repeated messages."""

    def __init__(
        self, app_context: Callable[[], AbstractContextManager[object]], trusted_hosts: Collection[str]
    ) -> None:
        """Create a dispatcher, whose threads run in contexts of the app."""
        self._app_context = app_context
        self._stopping, self._aborting = threading.Event(), threading.Event()
        self._sender = Sender(
            trusted_hosts, is_stopping=self._stopping.is_set, is_aborting=self._aborting.is_set
        )
        self._threads: dict[tuple[int, str], threading.Thread] = {}
        # When threads that failed because of an error of our own may start again.
        self._paused: dict[tuple[int, str], datetime] = {}

    def start_due(self) -> tuple[bool, datetime | None]:
        """Start threads for all messages that are due.

        Return whether any threads are running, and when the next delayed message is due.
        """
        self._threads = {key: thread for key, thread in self._threads.items() if thread.is_alive()}
        now = utcnow()
        with reading():
            found = queue.find_work(now)
        next_due: list[datetime] = []
        for webhook in found:
            if webhook.has_other:
                self._start(webhook.id, "other", self._sender.send_other)
            if not webhook.has_ordered:
                continue
            due = max((at for at in (webhook.due_at, webhook.lease_until) if at is not None), default=now)
            if due <= now:
                self._start(webhook.id, "ordered", self._sender.send_ordered)
            else:
                next_due.append(due)
        return bool(self._threads), min(next_due, default=None)

    def join(self, seconds: float | None = None) -> None:
        """Wait for all threads to end, but at most that many seconds in total."""
        deadline = None if seconds is None else time.monotonic() + seconds
        for thread in self._threads.values():
            thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))

    def stop(self) -> None:
        """Send no further messages. Interrupt requests that take longer than GRACE; they are sent again later."""
        self._stopping.set()
        self.join(GRACE)
        self._aborting.set()
        self.join()

    def _start(self, webhook_id: int, lane: str, send: Callable[[int], None]) -> None:
        key = (webhook_id, lane)
        if key in self._threads or (key in self._paused and self._paused[key] > utcnow()):
            return
        name = f"webhook {webhook_id} {lane}"
        thread = threading.Thread(target=self._run, args=[key, send], name=name)
        self._threads[key] = thread
        thread.start()

    def _run(self, key: tuple[int, str], send: Callable[[int], None]) -> None:
        with self._app_context():
            try:
                send(key[0])
            except Exception as error:
                self._paused[key] = utcnow() + PAUSE
                fields = {"webhook_id": key[0]}
                if isinstance(problem_from(error), Unavailable | EditConflict):
                    log.warning("sending to a webhook was interrupted", extra={"fields": fields})
                else:
                    # A bug in one message must not block the other endpoints.
                    log.exception("sending to a webhook failed", extra={"fields": fields})
