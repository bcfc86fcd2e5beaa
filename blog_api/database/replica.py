"""Route reads to the replica, if there is one, with fallback to the primary."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app
from sqlalchemy import exc

from blog_api.context import limit_deadline, seconds_left
from blog_api.database.circuit_breaker import CircuitBreaker
from blog_api.database.engine_options import REPLICA
from blog_api.database.errors import can_retry_on_primary, is_retryable
from blog_api.database.session import reading

# Share of the remaining time for the replica. The rest is left for the primary.
REPLICA_DEADLINE_SHARE = 0.5
Result = TypeVar("Result")
log = logging.getLogger(__name__)


def read(func: Callable[[], Result], *, allow_stale: bool) -> Result:
    """Run `func` in a `reading` block, and return its result.

    With `allow_stale`, use the replica, whose data can be older. If it fails, run all of it again on the primary.
    """
    breaker: CircuitBreaker | None = current_app.extensions[REPLICA]
    if allow_stale and breaker is not None and breaker.allows_attempt():
        try:
            return _read_on_replica(func, breaker)
        except exc.DBAPIError as error:
            if not can_retry_on_primary(error):
                raise
            _record_failure(error, breaker)
    with reading():
        return func()


def _read_on_replica(func: Callable[[], Result], breaker: CircuitBreaker) -> Result:
    with limit_deadline(seconds_left() * REPLICA_DEADLINE_SHARE), reading(replica=True):
        result = func()
    if breaker.reset():
        log.warning("the replica is available again")
    return result


def _record_failure(error: exc.DBAPIError, breaker: CircuitBreaker) -> None:
    # A statement canceled because of replication does not mean that the replica is down.
    if not is_retryable(error):
        breaker.trip()
    log.warning("the replica failed", extra={"fields": {"reason": str(error.orig)}})


def is_replica_failing() -> bool | None:
    """Return whether the circuit breaker of the replica is open, or None without a replica."""
    breaker: CircuitBreaker | None = current_app.extensions[REPLICA]
    return breaker.is_open if breaker else None


def init_app(app: Flask) -> None:
    """Create the circuit breaker of the replica, if there is one."""
    app.extensions[REPLICA] = CircuitBreaker("the replica") if app.config["SQLALCHEMY_BINDS"] else None
