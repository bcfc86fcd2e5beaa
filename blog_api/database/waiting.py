"""Wait for PostgreSQL only until the deadline of the thread.

Server-side timeouts do not help if the server is frozen or the network drops packets. psycopg2 calls its wait callback
for each statement, COMMIT and ROLLBACK, and while connecting. If the callback raises, psycopg2 closes the connection,
so that SQLAlchemy discards it. With a wait callback, psycopg2 does not support COPY and large objects.
"""

from __future__ import annotations

import math
import select

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE, connection, set_wait_callback

from blog_api.context import seconds_left

_EVENTS = {POLL_READ: select.POLLIN, POLL_WRITE: select.POLLOUT}


class DeadlineExceeded(psycopg2.OperationalError):
    """The server did not respond before the deadline."""


def wait(waiting: connection) -> None:
    """Wait until the connection has finished its current operation. Raises DeadlineExceeded."""
    while (wanted := waiting.poll()) != POLL_OK:
        poll = select.poll()
        # Register again each time: libpq can replace its socket while connecting.
        poll.register(waiting.fileno(), _EVENTS[wanted])
        left = seconds_left()
        if not poll.poll(None if left == math.inf else max(0, left) * 1000):
            raise DeadlineExceeded("timeout expired")


def install() -> None:
    """Install the wait callback for all psycopg2 connections of this process."""
    set_wait_callback(wait)
