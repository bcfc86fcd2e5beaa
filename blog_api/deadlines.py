"""The deadline of the request that a thread is answering: nothing that it waits for may take longer."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from blog_api.problems import Unavailable

# Parts of the time of a request.
MOST_WAITED, MOST_WAITED_WHILE_CLEARED = 1 / 2, 1 / 10


class _Work(threading.local):
    # What is no request, such as a command, has all the time in the world.
    seconds = ends = math.inf
    waited = 0.0


class _Backlog:
    # Of the process; which of two threads writes it last does not matter.
    is_cleared = False


_work = _Work()
_backlog = _Backlog()


def note_wait(seconds: float) -> None:
    """The next request of this thread has waited for its turn so long."""
    _work.waited = seconds


def refuse_late() -> None:
    """Raise Unavailable where half of the time of the request was spent on waiting for its turn.

    What is left might not be enough, and then all that is done would be for nothing, while others wait behind it. From
    then on nobody is served who has waited more than a moment: otherwise the queue would stay as long as that.
    """
    most = MOST_WAITED_WHILE_CLEARED if _backlog.is_cleared else MOST_WAITED
    _backlog.is_cleared = _work.waited > _work.seconds * most
    if _backlog.is_cleared:
        raise Unavailable("Too many requests are waiting.")


def start_deadline(seconds: float) -> None:
    """From now on this thread has so many seconds for what it does, less what has passed before its turn."""
    _work.seconds, _work.ends = seconds, time.monotonic() + seconds - _work.waited


def restart_deadline() -> None:
    """From now on it has as many as it began with."""
    start_deadline(_work.seconds)


def end_deadline() -> None:
    """What this thread does next may take as long as it likes."""
    _work.seconds = _work.ends = math.inf
    _work.waited = 0.0


def seconds_left() -> float:
    """How long this thread may still take, below zero once it is late; infinite where there is no deadline."""
    return _work.ends - time.monotonic()


def check_deadline() -> float:
    """The seconds that are left. Raises Unavailable where none are."""
    left = seconds_left()
    if left <= 0:
        raise Unavailable("The request took too long.")
    return left


class Deadline:
    """Gives each request so many seconds."""

    def __init__(self, app: WSGIApplication, seconds: float) -> None:
        self._app, self._seconds = app, seconds

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the app does."""
        start_deadline(self._seconds)
        try:
            return self._app(environ, start_response)
        finally:
            end_deadline()
