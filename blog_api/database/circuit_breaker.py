"""Circuit breakers: what has failed is left alone for a while, and then tried by one before all."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from blog_api.monitoring.metrics import BREAKERS

SECONDS_OF_REST = 5.0
# How long the first probe is waited for: where nothing is wrong, it says so within milliseconds.
SECONDS_OF_DOUBT = 0.2
SECONDS_BETWEEN_PROBES = 0.2
log = logging.getLogger(__name__)


class CircuitBreaker:
    """Whether something that may fail should be tried, for all threads of the process."""

    def __init__(self, name: str) -> None:
        """`name` says in the log and in the metrics what it is."""
        self._name = name
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
            if was_closed:
                self._note_change(is_open=True)
        return was_closed

    def reset(self) -> bool:
        """It works. Gives whether this is news."""
        if not self._rests_until:
            return False
        with self._lock:
            was_open, self._rests_until = bool(self._rests_until), 0.0
            if was_open:
                self._note_change(is_open=False)
        return was_open

    def _note_change(self, *, is_open: bool) -> None:
        """It has opened or closed. Under the lock, so that nobody sees half of it."""
        BREAKERS.labels(self._name).set(is_open)


class ProbedBreaker(CircuitBreaker):
    """A breaker that finds out by itself when to close: while it is open, a thread of its own tries, and nobody
    else."""

    def __init__(self, name: str, probe: Callable[[], Exception | None]) -> None:
        """`probe` gives what is wrong with `name`; None where it works."""
        super().__init__(name)
        self._probe = probe
        self._works = threading.Event()
        self._tripped = 0.0
        self._prober: threading.Thread | None = None

    def may_try(self) -> bool:
        """Whether to try now. Waits for the first probe after the failure, but not long."""
        if not self.is_open:
            return True
        doubt = self._tripped + SECONDS_OF_DOUBT - time.monotonic()
        if doubt > 0 and self._works.wait(doubt):
            return True
        # The thread may have ended in this moment, or be that of a process that this one was forked from.
        self._start_probing()
        return not self.is_open

    def trip(self) -> bool:
        """It failed: nobody tries it, until a probe says that it works. Gives whether this is news."""
        is_news = super().trip()
        if is_news:
            self._start_probing()
        return is_news

    def _note_change(self, *, is_open: bool) -> None:
        super()._note_change(is_open=is_open)
        if is_open:
            self._tripped = time.monotonic()
            self._works.clear()
        else:
            # It may still be on its way out, and the next outage needs one that probes.
            self._prober = None
            self._works.set()

    def _start_probing(self) -> None:
        with self._lock:
            if self.is_open and (self._prober is None or not self._prober.is_alive()):
                self._prober = threading.Thread(
                    target=self._keep_probing, name=f"probe of {self._name}", daemon=True
                )
                self._prober.start()

    def _keep_probing(self) -> None:
        reported = False
        while fault := self._probe():
            if not reported:
                log.warning("%s is left alone", self._name, extra={"fields": {"reason": str(fault)}})
                reported = True
            time.sleep(SECONDS_BETWEEN_PROBES)
        self.reset()
        if reported:
            log.warning("%s answers again", self._name)
