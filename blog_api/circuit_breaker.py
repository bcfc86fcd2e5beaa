"""A circuit breaker: what has failed is left alone for a while, and then tried by one before all."""

from __future__ import annotations

import threading
import time

SECONDS_OF_REST = 5.0


class CircuitBreaker:
    """Whether something that may fail should be tried, for all threads of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rests_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the last one who tried has failed."""
        return bool(self._rests_until)

    def may_try(self) -> bool:
        """Whether to try now. After each rest one may, and the others once that one has succeeded."""
        if not self._rests_until:
            return True
        with self._lock:
            if not self._rests_until:
                return True
            if time.monotonic() < self._rests_until:
                return False
            self._rests_until = time.monotonic() + SECONDS_OF_REST
            return True

    def trip(self) -> bool:
        """It failed: leave it alone for a while. Gives whether this is news."""
        with self._lock:
            was_closed = not self._rests_until
            self._rests_until = time.monotonic() + SECONDS_OF_REST
        return was_closed

    def reset(self) -> bool:
        """It works. Gives whether this is news."""
        if not self._rests_until:
            return False
        with self._lock:
            was_open, self._rests_until = bool(self._rests_until), 0.0
        return was_open
