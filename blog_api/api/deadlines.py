"""The deadline of each request, and what happens to those that have waited too long for their turn."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from blog_api.context import end_deadline, start_deadline
from blog_api.problems import Unavailable

# The part of its time that a request may wait for a thread; the smaller one holds while a queue is cleared.
MAX_WAIT, MAX_WAIT_DRAINING = 1 / 2, 1 / 10


class _Wait(threading.local):
    waited = 0.0
    seconds = float("inf")


class _Backlog:
    # Shared by the threads of the process; which of two writes it last does not matter.
    is_draining = False


_wait = _Wait()
_backlog = _Backlog()


def record_wait(seconds: float) -> None:
    """Note how long the next request of this thread has waited for its turn."""
    _wait.waited = seconds


def reject_overdue() -> None:
    """Raise Unavailable for a request that spent half of its time in the queue.

    What is left might not be enough, and its work would be for nothing while others wait behind it. From then on
    nobody is served who has waited more than a moment; otherwise the queue would stay that long.
    """
    most = MAX_WAIT_DRAINING if _backlog.is_draining else MAX_WAIT
    _backlog.is_draining = _wait.waited > _wait.seconds * most
    if _backlog.is_draining:
        raise Unavailable("Too many requests are waiting.")


class Deadline:
    """WSGI middleware that gives each request `seconds`, counted from when it came into the queue."""

    def __init__(self, app: WSGIApplication, seconds: float) -> None:
        self._app, self._seconds = app, seconds

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the app does."""
        _wait.seconds = self._seconds
        start_deadline(self._seconds, _wait.waited)
        try:
            return self._app(environ, start_response)
        finally:
            end_deadline()
            _wait.waited, _wait.seconds = 0.0, float("inf")
