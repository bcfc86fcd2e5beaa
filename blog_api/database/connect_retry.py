"""Connecting to a server that sleeps or starts: it is waited for and asked again, within the connect timeout."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from sqlalchemy import Dialect

from blog_api.context import seconds_left
from blog_api.database.futures import start

# What libpq, a server that starts, and a pooler before one that sleeps say. All other refusals, such as that of a
# password, will be the same in a second.
_NOT_YET = re.compile(
    "Connection refused|Connection reset|Broken pipe|timeout expired|unexpectedly|SSL SYSCALL|SSL error: unexpected eof"
    "|unreachable|No route to host|Temporary failure in name resolution"
    "|starting up|shutting down|not yet accepting connections|administrator command"
    "|compute node|control plane|server login|cannot connect to server|server conn crashed",
    re.IGNORECASE,
)
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0


class ConnectRetry:
    """Connects to one server, and knows of its outages.

    The connect timeout is the budget of an outage, not of a connection: once a server has been away for that long, each
    request fails at its first attempt, and no thread waits for what others have waited for in vain.
    """

    def __init__(
        self, *, places: int = 1, share: float = 1.0, on_away: Callable[[], object] = lambda: None
    ) -> None:
        """So many threads at once wait for a server that is away, so that others are free to say so; `on_away` is
        called by each that does not. A request gives the server a `share` of the time that it has left."""
        self._lock = threading.Lock()
        self._began = self._failed = -math.inf
        self._places = threading.Semaphore(places)
        self._share, self._on_away = share, on_away

    def connect(
        self, dialect: Dialect, _record: object, arguments: list[Any], parameters: dict[str, Any]
    ) -> Any:
        """A new connection of the driver, as the event `do_connect` asks for it. Raises what the driver raises."""
        budget, started = int(parameters["connect_timeout"]), time.monotonic()
        ends = started + seconds_left() * self._share
        pause, seconds, waits = FIRST_PAUSE, budget, False
        try:
            while True:
                attempt = partial(dialect.connect, *arguments, **parameters | {"connect_timeout": seconds})
                try:
                    connection = _connect_before(ends, attempt, dialect)
                except dialect.loaded_dbapi.Error as error:
                    if not _NOT_YET.search(str(error)):
                        raise
                    left = min(self._note_failure(started, budget), ends - time.monotonic()) - pause
                    waits = waits or self._places.acquire(blocking=False)
                    if left <= 0 or not waits:
                        self._on_away()
                        raise
                else:
                    self._failed = -math.inf
                    return connection
                time.sleep(pause)
                pause, seconds = min(2 * pause, LONGEST_PAUSE), math.ceil(left)
        finally:
            if waits:
                self._places.release()

    def _note_failure(self, started: float, budget: int) -> float:
        """How many seconds are left of the budget. A failure long after the last one is of another outage."""
        now = time.monotonic()
        with self._lock:
            if now - self._failed > budget:
                self._began = started
            self._failed = now
            return self._began + budget - now


def _connect_before(ends: float, connect: Callable[[], Any], dialect: Dialect) -> Any:
    """What `connect` gives, if it does so before `ends`; what comes later is closed.

    The driver cannot be interrupted, and its own timeout is coarse and leaves out the look-up of the name: so it is
    called in a thread of its own where there is a deadline.
    """
    if ends == math.inf:
        return connect()
    coming = start("connect", connect)
    try:
        return coming.result(max(0, ends - time.monotonic()))
    except TimeoutError:
        coming.add_done_callback(_discard)
        raise dialect.loaded_dbapi.OperationalError("timeout expired") from None


def _discard(late: Future[Any]) -> None:
    if late.exception() is None:
        late.result().close()
