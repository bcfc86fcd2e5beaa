"""The request that a thread answers, and the methods of HTTP that we speak of."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from flask import Request, request

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Those of a view that change nothing (RFC 9110, 9.2.1); OPTIONS, which is safe too, is answered before any view.
SAFE_METHODS = ("GET", "HEAD")


class Exchange(threading.local):
    """What is known of the request that this thread answers, also before Flask has seen it and after it is done.

    What is no request, such as a command, has the values below.
    """

    request_id = ""
    # As `time.perf_counter` counts.
    started = 0.0
    # The rule of the route that took it.
    route: str | None = None
    user_id: int | None = None
    status = 500
    # How each policy that it counts for stands (rates.py).
    rates: Sequence[Any] | None = None
    # Whether its reply should be kept, and the stamp of what that was made of (reply_cache.py).
    is_worth_keeping = False
    stamp: Any = None
    # What kept that cache from finding out whether a kept reply still holds.
    failed: Exception | None = None

    def begin(self, request_id: str, started: float) -> None:
        """A request has come."""
        self.__dict__.clear()
        self.request_id, self.started = request_id, started

    def end(self) -> None:
        """It is answered."""
        self.__dict__.clear()


exchange = Exchange()


def current_request() -> Request:
    """The request itself, for who asks it several things: `flask.request` looks for it anew at each."""
    itself: Request = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    return itself
