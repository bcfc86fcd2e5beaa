"""Per-thread request state: the request id, the deadline and the fields of the log line."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from blog_api.problems import Unavailable

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Safe methods (RFC 9110, 9.2.1). OPTIONS is missing because it never reaches a view.
SAFE_METHODS = ("GET", "HEAD")


class Exchange(threading.local):
    """State of the request that this thread is handling. It outlives the Flask request context on both sides.

    Outside a request, as in a CLI command, the attributes have the defaults below.
    """

    request_id = ""
    # The id of the trace that the client or the proxy has started (W3C Trace Context), or empty.
    trace_id = ""
    # From `time.perf_counter()`.
    started = 0.0
    # The URL rule of the matched route.
    route: str | None = None
    user_id: int | None = None
    status = 500
    # The URLs of the site (text/permalinks.py). None outside requests and commands.
    permalinks: Any = None
    # Whether the request must not save anything. None if its route has no dry runs (api/dry_runs.py).
    dry_run: bool | None = None
    # The rate limit policies that apply to this request, each with its count (auth/rates.py).
    rates: Sequence[Any] | None = None
    # The error in the request line or the headers (api/request_head.py).
    rejection: Exception | None = None
    # Whether the response may be cached, and the content stamp it was built from (api/response_cache.py).
    is_cacheable = False
    stamp: Any = None
    # The post whose comments or likes the response shows, and their version (crud/activity.py).
    activity: Any = None
    # The error that prevented the response cache from validating a cached response.
    cache_error: Exception | None = None

    @property
    def service_root(self) -> str:
        """The URL of this service, or its path prefix. Empty outside requests and commands."""
        return self.permalinks.service_root if self.permalinks else ""

    def begin(self, request_id: str, started: float) -> None:
        """Begin a request."""
        self.__dict__.clear()
        self.request_id, self.started = request_id, started

    def end(self) -> None:
        """Reset all attributes to their defaults."""
        self.__dict__.clear()


exchange = Exchange()


# For reading one batch of a streamed response (`limit_deadline`): the deadline of its request ends before it is sent.
BATCH_SECONDS = 10


class _Deadline(threading.local):
    # CLI commands have no deadline.
    seconds = expires = math.inf


_deadline = _Deadline()


def start_deadline(seconds: float, waited: float = 0.0) -> None:
    """Set the deadline of this thread `seconds` from now, less the time the request has `waited` in the queue."""
    _deadline.seconds = seconds - waited
    _deadline.expires = time.monotonic() + _deadline.seconds


def restart_deadline() -> None:
    """Restart the deadline with the time the request started with."""
    start_deadline(_deadline.seconds)


def end_deadline() -> None:
    """Remove the deadline of this thread."""
    _deadline.seconds = _deadline.expires = math.inf


@contextlib.contextmanager
def limit_deadline(seconds: float) -> Iterator[None]:
    """Allow the block at most `seconds`, or less if the deadline is nearer."""
    before = _deadline.expires
    _deadline.expires = min(before, time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.expires = before


def seconds_left() -> float:
    """Return the seconds until the deadline: negative once it has passed, infinite if there is none."""
    return _deadline.expires - time.monotonic()


def check_deadline() -> float:
    """Return the seconds until the deadline. Raises Unavailable if it has passed."""
    left = seconds_left()
    if left <= 0:
        raise Unavailable("The request took too long.")
    return left
