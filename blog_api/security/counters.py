"""Fixed-window counters, in this process (here) or in Redis (redis_counters.py). A window begins with its first hit.

Custom, because the `limits` library either uses unbounded memory and a cleanup thread (MemoryStorage), or takes three
round trips to Redis per window, where one is enough for all windows.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import NamedTuple

from cachetools import LRUCache

# Windows per process, about 300 bytes each. Beyond that the least recently used ones are evicted.
MAX_WINDOWS = 20_000


class Window(NamedTuple):
    """The name of a counter and the length of its window in seconds."""

    name: str
    seconds: int


class Count(NamedTuple):
    """The number of hits in a window, and the seconds until it ends."""

    number: int
    seconds: float


class Counters:
    """Counters local to this process."""

    def __init__(self, max_windows: int = MAX_WINDOWS) -> None:
        self._counts: LRUCache[Window, tuple[int, float]] = LRUCache(max_windows)
        self._lock = Lock()

    def hit(self, *windows: Window) -> list[Count]:
        """Count a hit in each window. Return the counts in the same order."""
        now = time.monotonic()
        with self._lock:
            return [self._hit(window, now) for window in windows]

    def _hit(self, window: Window, now: float) -> Count:
        number, ends = self._counts.get(window, (0, 0.0))
        if ends <= now:
            number, ends = 0, now + window.seconds
        self._counts[window] = (number + 1, ends)
        return Count(number + 1, ends - now)
