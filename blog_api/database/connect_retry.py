"""Connect to a server that sleeps or starts: ask again until it accepts, within the connect timeout.

A loop of our own, and not tenacity's, since whether to ask again is no matter of the attempt alone: only some of the
threads may wait, and those that may not open the breaker.
"""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any

import psycopg2
from sqlalchemy import Dialect

from blog_api.context import limit_deadline, seconds_left
from blog_api.database import hosts

# What libpq, a server that starts, and a pooler before one that sleeps say. All other refusals, such as that of a
# password, will be the same in a second.
_TRANSIENT = re.compile(
    "Connection refused|Connection reset|Broken pipe|timeout expired|unexpectedly|SSL SYSCALL|SSL error: unexpected eof"
    "|unreachable|No route to host|Temporary failure in name resolution"
    "|starting up|shutting down|not yet accepting connections|administrator command"
    "|compute node|control plane|server login|cannot connect to server|server conn crashed",
    re.IGNORECASE,
)
FIRST_BACKOFF, MAX_BACKOFF = 0.1, 1.0
# What a probe may take.
PROBE_TIMEOUT = 2.0


class ConnectRetry:
    """Connects to one server, and knows whether it answers."""

    def __init__(self, *, max_waiters: int = 0) -> None:
        """At most `max_waiters` threads wait for a server that is away."""
        self._waiters = threading.Semaphore(max_waiters)
        # Called by each thread that gives up.
        self.on_unavailable: Callable[[], object] = lambda: None
        # As the last connection was made.
        self._connect: Callable[[], Any] | None = None

    def connect(
        self, dialect: Dialect, _record: object, arguments: list[Any], parameters: dict[str, Any]
    ) -> Any:
        """Return a new connection, for the event `do_connect`. Raises what the driver raises."""
        self._connect = partial(hosts.connect, partial(dialect.connect, *arguments), parameters)
        # libpq takes 0 and less for no limit.
        seconds = int(parameters["connect_timeout"])
        with limit_deadline(seconds if seconds > 0 else math.inf):
            return self._retry(self._connect)

    def _retry(self, connect: Callable[[], Any]) -> Any:
        pause, waits = FIRST_BACKOFF, False
        try:
            while True:
                try:
                    return connect()
                except psycopg2.Error as error:
                    if not _TRANSIENT.search(str(error)):
                        raise
                    waits = waits or self._waiters.acquire(blocking=False)
                    # Nobody waits without a limit.
                    if not waits or not 0 < seconds_left() - pause < math.inf:
                        self.on_unavailable()
                        raise
                time.sleep(pause)
                pause = min(2 * pause, MAX_BACKOFF)
        finally:
            if waits:
                self._waiters.release()

    def probe(self) -> Exception | None:
        """Return what is wrong with the server; None if it accepts one more connection and answers."""
        assert self._connect is not None
        try:
            with limit_deadline(PROBE_TIMEOUT), closing(self._connect()) as connection:
                connection.autocommit = True
                connection.cursor().execute("SELECT 1")
        except psycopg2.Error as error:
            return error
        return None
