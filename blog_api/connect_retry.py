"""Connecting to a server that sleeps or starts: it is waited for and asked again, within the connect timeout."""

from __future__ import annotations

import math
import re
import threading
import time
from typing import Any

from sqlalchemy import Dialect

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

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began = self._failed = -math.inf

    def connect(
        self, dialect: Dialect, _record: object, arguments: list[Any], parameters: dict[str, Any]
    ) -> Any:
        """A new connection of the driver, as the event `do_connect` asks for it. Raises what the driver raises."""
        budget, started = int(parameters["connect_timeout"]), time.monotonic()
        pause, seconds = FIRST_PAUSE, budget
        while True:
            try:
                connection = dialect.connect(*arguments, **parameters | {"connect_timeout": seconds})
            except dialect.loaded_dbapi.Error as error:
                left = self._note_failure(started, budget) - pause
                if left <= 0 or not _NOT_YET.search(str(error)):
                    raise
            else:
                self._failed = -math.inf
                return connection
            time.sleep(pause)
            pause, seconds = min(2 * pause, LONGEST_PAUSE), math.ceil(left)

    def _note_failure(self, started: float, budget: int) -> float:
        """How many seconds are left of the budget. A failure long after the last one is of another outage."""
        now = time.monotonic()
        with self._lock:
            if now - self._failed > budget:
                self._began = started
            self._failed = now
            return self._began + budget - now
