"""Circuit breakers for services that can fail, such as the database or Redis.

pybreaker wraps the calls that it protects. Here the failures surface in the connection pool and in the connect loop,
far from the code that rejects requests.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from blog_api.monitoring.metrics import BREAKERS

OPEN_SECONDS = 5.0
# Seconds that callers wait for the first probe. A healthy server answers it within milliseconds.
FIRST_PROBE_WAIT = 0.2
PROBE_INTERVAL = 0.2
log = logging.getLogger(__name__)


class CircuitBreaker:
    """A circuit breaker shared by all threads of the process."""

    def __init__(self, name: str) -> None:
        """Create a closed breaker; `name` identifies it in the metrics and the log."""
        self._name = name
        self._lock = threading.Lock()
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the last attempt failed."""
        return bool(self._open_until)

    def allows_attempt(self) -> bool:
        """Return whether to make an attempt now.

        An open breaker allows one attempt every OPEN_SECONDS, until one succeeds.
        """
        if not self._open_until:
            return True
        with self._lock:
            if not self._open_until:
                return True
            if time.monotonic() < self._open_until:
                return False
            self._open_until = time.monotonic() + OPEN_SECONDS
            return True

    def trip(self) -> bool:
        """Record a failure and open the breaker. Return whether it was closed before."""
        with self._lock:
            was_closed = not self._open_until
            self._open_until = time.monotonic() + OPEN_SECONDS
            if was_closed:
                self._on_change(is_open=True)
        return was_closed

    def reset(self) -> bool:
        """Record a success and close the breaker. Return whether it was open before."""
        if not self._open_until:
            return False
        with self._lock:
            was_open, self._open_until = bool(self._open_until), 0.0
            if was_open:
                self._on_change(is_open=False)
        return was_open

    def _on_change(self, *, is_open: bool) -> None:
        """Handle a state change. Called with the lock held."""
        BREAKERS.labels(self._name).set(is_open)


class ProbedBreaker(CircuitBreaker):
    """A circuit breaker that closes when a probe succeeds.

    While it is open, it allows no attempts, and one caller at a time runs the probe.
    """

    def __init__(self, name: str, probe: Callable[[], Exception | None]) -> None:
        """Create a closed breaker; `probe` returns an exception, or None on success."""
        super().__init__(name)
        self._probe = probe
        self._probe_lock = threading.Lock()
        self._first_probe_until = 0.0
        self._is_reported = False

    def allows_attempt(self) -> bool:
        """Return whether to make an attempt now.

        Right after it opens, callers wait FIRST_PROBE_WAIT seconds for a probe that is running.
        """
        if not self.is_open:
            return True
        if self._probe_lock.acquire(timeout=max(0, self._first_probe_until - time.monotonic())):
            try:
                self._probe_if_due()
            finally:
                self._probe_lock.release()
        return not self.is_open

    def _on_change(self, *, is_open: bool) -> None:
        super()._on_change(is_open=is_open)
        if is_open:
            # Probe immediately: perhaps only one statement was slow and the server is healthy.
            self._open_until = time.monotonic()
            self._first_probe_until = self._open_until + FIRST_PROBE_WAIT

    def trip(self) -> bool:
        """Record a failure and open the breaker until a probe succeeds. Return whether it was closed before."""
        return not self.is_open and super().trip()

    def _probe_if_due(self) -> None:
        if not 0 < self._open_until <= time.monotonic():
            # Another caller has just run the probe.
            return
        fault = self._probe()
        if fault is None:
            self.reset()
            if self._is_reported:
                log.warning("%s is available again", self._name)
        else:
            self._open_until = time.monotonic() + PROBE_INTERVAL
            if not self._is_reported:
                log.warning("%s is unavailable", self._name, extra={"fields": {"reason": str(fault)}})
        self._is_reported = fault is not None
