"""Retry the connection to a server that is starting or suspended, within the connect timeout.

tenacity does not fit: whether to retry does not depend on the attempt alone. Only a limited number of threads can wait;
the others open the circuit breaker.
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

# Transient errors of libpq, of a starting server, and of a pooler whose server is suspended. Other errors, such as a
# wrong password, are permanent.
_TRANSIENT = re.compile(
    "Connection refused|Connection reset|Broken pipe|timeout expired|unexpectedly|SSL SYSCALL|SSL error: unexpected eof"
    "|unreachable|No route to host|Temporary failure in name resolution"
    "|starting up|shutting down|not yet accepting connections|administrator command"
    "|compute node|control plane|server login|cannot connect to server|server conn crashed",
    re.IGNORECASE,
)
FIRST_BACKOFF, MAX_BACKOFF = 0.1, 1.0
# Seconds allowed for a probe.
PROBE_TIMEOUT = 2.0


class ConnectRetry:
    """Connect to one server, and probe whether it responds."""

    def __init__(self, *, max_waiters: int = 0) -> None:
        """Let at most `max_waiters` threads wait for an unavailable server."""
        self._waiters = threading.Semaphore(max_waiters)
        # Called when a thread gives up.
        self.on_unavailable: Callable[[], object] = lambda: None
        # Opens a connection with the parameters of the last one.
        self._connect: Callable[[], Any] | None = None

    def connect(
        self, dialect: Dialect, _record: object, arguments: list[Any], parameters: dict[str, Any]
    ) -> Any:
        """Return a new connection. Handles the `do_connect` event; raises the errors of the driver."""
        self._connect = partial(hosts.connect, partial(dialect.connect, *arguments), parameters)
        # libpq treats zero and negative values as no limit.
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
                    # Never retry without a deadline.
                    if not waits or not 0 < seconds_left() - pause < math.inf:
                        self.on_unavailable()
                        raise
                time.sleep(pause)
                pause = min(2 * pause, MAX_BACKOFF)
        finally:
            if waits:
                self._waiters.release()

    def probe(self) -> Exception | None:
        """Open a connection and run a query. Return the error, or None on success."""
        assert self._connect is not None
        try:
            with limit_deadline(PROBE_TIMEOUT), closing(self._connect()) as connection:
                connection.autocommit = True
                connection.cursor().execute("SELECT 1")
        except psycopg2.Error as error:
            return error
        return None
