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
            if time.monotonic() < self._rests_until:
                return False
            self._rests_until = time.monotonic() + SECONDS_OF_REST
            return True

    def trip(self) -> None:
        """It failed: leave it alone for a while."""
        self._rests_until = time.monotonic() + SECONDS_OF_REST

    def reset(self) -> None:
        """It works."""
        self._rests_until = 0.0
