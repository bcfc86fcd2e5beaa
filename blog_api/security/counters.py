"""Counters of windows of time, each of which begins with what it counts first: in this process, or for all in Redis."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple, Protocol, cast

from cachetools import LRUCache
from limits.storage import RedisStorage, storage_from_string

from blog_api.database.circuit_breaker import CircuitBreaker

log = logging.getLogger(__name__)

# Of each process, some 300 bytes each: where more are in use, those that were not used for longest start anew.
MOST = 20_000
# How long a request waits for Redis, to be reached and for its answer, before it is counted here.
SECONDS_TO_ANSWER = 0.25
PREFIX = "blog_api:"

_ADD = b"""
local counts = {}
for i, key in ipairs(KEYS) do
    local number = redis.call('INCR', key)
    if number == 1 then
        redis.call('PEXPIRE', key, ARGV[i])
    end
    counts[i] = {number, redis.call('PTTL', key)}
end
return counts
"""


class Window(NamedTuple):
    """What is counted, by any name, and for how many seconds."""

    name: str
    seconds: int


class Count(NamedTuple):
    """How often it was counted in this window, and how many seconds are left of it."""

    number: int
    seconds: float


class Counters(Protocol):
    """Something that counts."""

    def add(self, windows: Sequence[Window]) -> list[Count]:
        """Add one to each counter; gives them all, in the same order."""


class LocalCounters:
    """Counters of this process."""

    def __init__(self, most: int = MOST) -> None:
        self._counts: LRUCache[Window, tuple[int, float]] = LRUCache(most)
        self._lock = Lock()

    def add(self, windows: Sequence[Window]) -> list[Count]:
        """Add one to each counter; gives them all, in the same order."""
        now = time.monotonic()
        with self._lock:
            return [self._add(window, now) for window in windows]

    def _add(self, window: Window, now: float) -> Count:
        number, ends = self._counts.get(window, (0, 0.0))
        if ends <= now:
            number, ends = 0, now + window.seconds
        self._counts[window] = (number + 1, ends)
        return Count(number + 1, ends - now)


class RedisCounters:
    """Counters of all processes, in one Redis; of this process while that does not answer."""

    def __init__(self, url: str) -> None:
        """`url` is redis://, rediss:// or redis+unix://. Nothing is connected yet."""
        storage = storage_from_string(
            url, socket_timeout=SECONDS_TO_ANSWER, socket_connect_timeout=SECONDS_TO_ANSWER
        )
        self._storage = cast(RedisStorage, storage)
        self._script = self._storage.get_connection().register_script(_ADD)
        self._here = LocalCounters()
        self._breaker = CircuitBreaker("Redis")

    def add(self, windows: Sequence[Window]) -> list[Count]:
        """Add one to each counter, in one round trip; gives them all, in the same order."""
        if self._breaker.may_try():
            try:
                return self._add(windows)
            except self._storage.base_exceptions as error:
                self._note_failure(error)
        return self._here.add(windows)

    def _add(self, windows: Sequence[Window]) -> list[Count]:
        keys = [f"{PREFIX}{window.name}:{window.seconds}" for window in windows]
        found = self._script(keys, [window.seconds * 1000 for window in windows])
        if self._breaker.reset():
            log.warning("Redis answers again: requests are counted for all processes")
        return [Count(number, milliseconds / 1000) for number, milliseconds in found]

    def _note_failure(self, error: Exception) -> None:
        if self._breaker.trip():
            fields = {"reason": type(error).__name__}
            log.warning("Redis does not answer: each process counts by itself", extra={"fields": fields})
