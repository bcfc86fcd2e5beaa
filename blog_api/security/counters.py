"""Fixed-window counters, in this process or in Redis. A window begins with its first hit.

Custom, because the `limits` library either uses unbounded memory and a cleanup thread (MemoryStorage), or takes three
round trips to Redis per window, where one is enough for all windows.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

from cachetools import LRUCache
from redis import Redis, RedisError

from blog_api.database.circuit_breaker import CircuitBreaker

log = logging.getLogger(__name__)

# Windows per process, about 300 bytes each. Beyond that the least recently used ones are evicted.
MAX_WINDOWS = 20_000
# Seconds to wait for a connection to Redis, and for its response, before falling back to local counters.
REDIS_TIMEOUT = 0.25
PREFIX = "blog_api:"


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


class RedisCounters(Counters):
    """Counters that all processes share in Redis. While Redis is not responding, they are local."""

    def __init__(self, url: str) -> None:
        """Create the counters without connecting. `url` is redis://, rediss:// or redis+unix://."""
        super().__init__()
        self._redis = Redis.from_url(
            url.removeprefix("redis+"),
            socket_timeout=REDIS_TIMEOUT,
            socket_connect_timeout=REDIS_TIMEOUT,
        )
        self._breaker = CircuitBreaker("Redis")

    def hit(self, *windows: Window) -> list[Count]:
        """Count a hit in each window, in one round trip. Return the counts in the same order."""
        if self._breaker.allows_attempt():
            try:
                counts = self._hit_in_redis(windows)
            except RedisError as error:
                if self._breaker.trip():
                    fields = {"reason": type(error).__name__}
                    log.warning(
                        "Redis is not responding: each process counts separately", extra={"fields": fields}
                    )
            else:
                if self._breaker.reset():
                    log.warning("Redis is responding again: processes share their counters")
                return counts
        return super().hit(*windows)

    def _hit_in_redis(self, windows: Sequence[Window]) -> list[Count]:
        with self._redis.pipeline() as pipeline:
            for name, seconds in windows:
                key = f"{PREFIX}{name}:{seconds}"
                pipeline.set(key, 0, ex=seconds, nx=True)
                pipeline.incr(key)
                pipeline.pttl(key)
            replies = pipeline.execute()
        return [Count(number, ms / 1000) for number, ms in zip(replies[1::3], replies[2::3], strict=True)]
