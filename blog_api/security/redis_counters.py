"""Counters in Redis, in a module of their own: the client of Redis takes six megabytes in each process."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from redis import Redis, RedisError

from blog_api.database.circuit_breaker import CircuitBreaker
from blog_api.security.counters import Count, Counters, Window

log = logging.getLogger(__name__)

# Seconds to wait for a connection to Redis, and for its response, before falling back to local counters.
REDIS_TIMEOUT = 0.25
PREFIX = "blog_api:"


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
