"""Wait for PostgreSQL until the deadline of the thread, and no longer.

No timeout of the server helps where the server is frozen or the network swallows what is sent. psycopg2 calls its wait
callback for each statement, COMMIT and ROLLBACK, and while it connects. It closes a connection whose wait failed or was
interrupted, so that SQLAlchemy discards it. In this mode psycopg2 refuses COPY and large objects.
"""

from __future__ import annotations

import math
import select

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE, connection, set_wait_callback

from blog_api.context import seconds_left

_EVENTS = {POLL_READ: select.POLLIN, POLL_WRITE: select.POLLOUT}


class DeadlineExceeded(psycopg2.OperationalError):
    """The server did not answer in time."""


def wait(waiting: connection) -> None:
    """Return once the connection has finished its current operation. Raises DeadlineExceeded."""
    while (wanted := waiting.poll()) != POLL_OK:
        poll = select.poll()
        # Register again each time: libpq may replace its socket while it connects.
        poll.register(waiting.fileno(), _EVENTS[wanted])
        left = seconds_left()
        if not poll.poll(None if left == math.inf else max(0, left) * 1000):
            raise DeadlineExceeded("timeout expired")


def install() -> None:
    """Make all connections of psycopg2 in this process wait this way."""
    set_wait_callback(wait)
