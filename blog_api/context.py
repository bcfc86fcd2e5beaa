"""What a thread knows of the request that it answers: its id, its deadline, what goes into its log line."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from blog_api.problems import Unavailable

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# The methods of a view that change nothing (RFC 9110, 9.2.1); OPTIONS is answered before any view.
SAFE_METHODS = ("GET", "HEAD")


class Exchange(threading.local):
    """The request that this thread answers, also before Flask has seen it and after it is done.

    A command is no request: it has the values below.
    """

    request_id = ""
    # As `time.perf_counter` counts.
    started = 0.0
    # The rule of the matched route.
    route: str | None = None
    user_id: int | None = None
    status = 500
    # The rate limits that this request counts for, with their counts (auth/rates.py).
    rates: Sequence[Any] | None = None
    # Whether to keep the reply, and the stamp of the content that it is made of (api/reply_cache.py).
    is_cacheable = False
    stamp: Any = None
    # Why the reply cache could not check a kept reply.
    cache_error: Exception | None = None

    def begin(self, request_id: str, started: float) -> None:
        """Start a request."""
        self.__dict__.clear()
        self.request_id, self.started = request_id, started

    def end(self) -> None:
        """Forget the request."""
        self.__dict__.clear()


exchange = Exchange()


class _Deadline(threading.local):
    # A command has all the time in the world.
    seconds = ends = math.inf


_deadline = _Deadline()


def start_deadline(seconds: float, waited: float = 0.0) -> None:
    """Give this thread `seconds` for its request, less those that the request has `waited` for its turn."""
    _deadline.seconds = seconds - waited
    _deadline.ends = time.monotonic() + _deadline.seconds


def restart_deadline() -> None:
    """Give the request as many seconds as it began with."""
    start_deadline(_deadline.seconds)


def end_deadline() -> None:
    """Let this thread take as long as it likes."""
    _deadline.seconds = _deadline.ends = math.inf


@contextlib.contextmanager
def limit_deadline(seconds: float) -> Iterator[None]:
    """Give this thread at most `seconds` for what it does within the block."""
    before = _deadline.ends
    _deadline.ends = min(before, time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.ends = before


def seconds_left() -> float:
    """Return the seconds that are left, negative once the request is late, infinite without a deadline."""
    return _deadline.ends - time.monotonic()


def check_deadline() -> float:
    """Return the seconds that are left. Raises Unavailable where none are."""
    left = seconds_left()
    if left <= 0:
        raise Unavailable("The request took too long.")
    return left
