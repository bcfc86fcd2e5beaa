"""Faults of the Redis for rate limits."""

from __future__ import annotations

import time
from collections.abc import Sequence

from faults.environment import Environment
from faults.limits import Limit
from tests.redis_server import RedisServer, redis_server


def with_redis(env: Environment) -> None:
    """Start the service with its own Redis."""
    env.redis = env.stack.enter_context(redis_server())
    env.launch(RATELIMIT_STORAGE_URL=env.redis.url)


def stop(env: Environment) -> Sequence[Limit]:
    """Stop Redis, and start it again without data."""
    _redis_of(env).stop()
    time.sleep(env.seconds)
    _redis_of(env).start()
    return ()


def freeze(env: Environment) -> Sequence[Limit]:
    """Freeze Redis: it accepts connections, but does not respond."""
    _redis_of(env).freeze()
    try:
        time.sleep(env.seconds)
    finally:
        _redis_of(env).thaw()
    return ()


def _redis_of(env: Environment) -> RedisServer:
    assert env.redis is not None, "this case is for Redis"
    return env.redis
