"""Circuit breakers: what has failed is left alone for a while, and then tried by one before all.

Ours, and not pybreaker's, which runs what it guards: here it is the pool and the attempts to connect that fail, far
from where requests are refused.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from blog_api.monitoring.metrics import BREAKERS

OPEN_SECONDS = 5.0
# How long the first probe is waited for: where nothing is wrong, it says so within milliseconds.
FIRST_PROBE_WAIT = 0.2
PROBE_INTERVAL = 0.2
log = logging.getLogger(__name__)


class CircuitBreaker:
    """Whether something that may fail should be tried, for all threads of the process."""

    def __init__(self, name: str) -> None:
        """`name` says in the log and in the metrics what it is."""
        self._name = name
        self._lock = threading.Lock()
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the last one who tried has failed."""
        return bool(self._open_until)

    def allows_attempt(self) -> bool:
        """Whether to try now. After each rest one may, and the others once that one has succeeded."""
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
        """It failed: leave it alone for a while. Gives whether this is news."""
        with self._lock:
            was_closed = not self._open_until
            self._open_until = time.monotonic() + OPEN_SECONDS
            if was_closed:
                self._on_change(is_open=True)
        return was_closed

    def reset(self) -> bool:
        """It works. Gives whether this is news."""
        if not self._open_until:
            return False
        with self._lock:
            was_open, self._open_until = bool(self._open_until), 0.0
            if was_open:
                self._on_change(is_open=False)
        return was_open

    def _on_change(self, *, is_open: bool) -> None:
        """It has opened or closed. Under the lock, so that nobody sees half of it."""
        BREAKERS.labels(self._name).set(is_open)


class ProbedBreaker(CircuitBreaker):
    """A breaker that closes as soon as a probe succeeds: while it is open, one caller at a time probes, and no caller
    tries."""

    def __init__(self, name: str, probe: Callable[[], Exception | None]) -> None:
        """`probe` returns what is wrong with `name`; None where it works."""
        super().__init__(name)
        self._probe = probe
        self._probe_lock = threading.Lock()
        self._first_probe_until = 0.0
        self._is_reported = False

    def allows_attempt(self) -> bool:
        """Whether to try now. Just after the failure, callers wait a moment for the probe of another one."""
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
            # The first probe is due at once: the server may be well, and only one statement was slow.
            self._open_until = time.monotonic()
            self._first_probe_until = self._open_until + FIRST_PROBE_WAIT

    def trip(self) -> bool:
        """It failed: nobody tries it until a probe succeeds. Gives whether this is news."""
        return not self.is_open and super().trip()

    def _probe_if_due(self) -> None:
        if not 0 < self._open_until <= time.monotonic():
            # Another caller has just asked.
            return
        fault = self._probe()
        if fault is None:
            self.reset()
            if self._is_reported:
                log.warning("%s answers again", self._name)
        else:
            self._open_until = time.monotonic() + PROBE_INTERVAL
            if not self._is_reported:
                log.warning("%s is left alone", self._name, extra={"fields": {"reason": str(fault)}})
        self._is_reported = fault is not None
