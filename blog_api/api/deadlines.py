"""Request deadlines, and load shedding: requests that have waited too long in the queue are rejected."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from blog_api.context import end_deadline, start_deadline
from blog_api.problems import Unavailable

# The share of its time that a request can wait for a thread. The smaller one applies while the queue is drained.
MAX_WAIT, MAX_WAIT_DRAINING = 1 / 2, 1 / 10


class _Wait(threading.local):
    waited = 0.0
    seconds = float("inf")
    queue = ""


_wait = _Wait()
# The queues that are being drained. Shared by all threads: it does not matter which of two changes comes last.
_draining: set[str] = set()


def record_wait(seconds: float, queue: str = "") -> None:
    """Record how long the next request of this thread has waited, and in which queue."""
    _wait.waited, _wait.queue = seconds, queue


def extend_deadline(seconds: float) -> None:
    """Set the deadline of this request to `seconds` after it entered the queue."""
    _wait.seconds = seconds
    start_deadline(seconds, _wait.waited)


def shed_load() -> None:
    """Raise Unavailable if the request has spent half of its time in the queue.

    The rest might not be enough, and the work would be wasted while other requests wait. From then on, requests that
    have waited more than 10% of their time are rejected too, until the queue is short again.
    """
    max_wait = MAX_WAIT_DRAINING if _wait.queue in _draining else MAX_WAIT
    if _wait.waited <= _wait.seconds * max_wait:
        _draining.discard(_wait.queue)
        return
    _draining.add(_wait.queue)
    raise Unavailable("The service is overloaded.")


class Deadline:
    """WSGI middleware that sets the deadline of each request, `seconds` after it entered the queue."""

    def __init__(self, app: WSGIApplication, seconds: float) -> None:
        self._app, self._seconds = app, seconds

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the app under the deadline."""
        _wait.seconds = self._seconds
        start_deadline(self._seconds, _wait.waited)
        try:
            return self._app(environ, start_response)
        finally:
            end_deadline()
            _wait.waited, _wait.seconds = 0.0, float("inf")
