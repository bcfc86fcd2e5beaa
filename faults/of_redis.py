"""Faults of the Redis for rate limits."""

from __future__ import annotations

import time
from collections.abc import Sequence

from faults.limits import Limit
from faults.stage import Stage
from tests.redis_server import RedisServer, redis_server


def with_redis(stage: Stage) -> None:
    """Start the service with its own Redis."""
    stage.redis = stage.stack.enter_context(redis_server())
    stage.launch(RATELIMIT_STORAGE_URL=stage.redis.url)


def stop(stage: Stage) -> Sequence[Limit]:
    """Stop Redis, and start it again without data."""
    _redis_of(stage).stop()
    time.sleep(stage.seconds)
    _redis_of(stage).start()
    return ()


def freeze(stage: Stage) -> Sequence[Limit]:
    """Freeze Redis: it accepts connections, but does not respond."""
    _redis_of(stage).freeze()
    try:
        time.sleep(stage.seconds)
    finally:
        _redis_of(stage).thaw()
    return ()


def _redis_of(stage: Stage) -> RedisServer:
    assert stage.redis is not None, "this case is for Redis"
    return stage.redis
