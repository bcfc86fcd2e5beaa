"""Reading where it may be done: on the replica, if there is one, and on the primary where the replica fails."""

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

# What a replica gets of the time that is left, so that the primary can still answer.
REPLICA_DEADLINE_SHARE = 0.5
Result = TypeVar("Result")
log = logging.getLogger(__name__)


def read(job: Callable[[], Result], *, stale: bool) -> Result:
    """Run the job within `reading`. It is run again, from its start, where the replica fails in the middle of it.

    `stale`: whether it may see the past, as the replica does. Raises what the job raises on the primary.
    """
    breaker: CircuitBreaker | None = current_app.extensions[REPLICA]
    if stale and breaker is not None and breaker.allows_attempt():
        try:
            return _read_on_replica(job, breaker)
        except exc.DBAPIError as error:
            if not can_retry_on_primary(error):
                raise
            _record_failure(error, breaker)
    with reading():
        return job()


def _read_on_replica(job: Callable[[], Result], breaker: CircuitBreaker) -> Result:
    with limit_deadline(seconds_left() * REPLICA_DEADLINE_SHARE), reading(replica=True):
        result = job()
    if breaker.reset():
        log.warning("the replica answers again")
    return result


def _record_failure(error: exc.DBAPIError, breaker: CircuitBreaker) -> None:
    # A statement that stood in the way of replication says nothing of the next one.
    if not is_retryable(error):
        breaker.trip()
    log.warning("the replica failed", extra={"fields": {"reason": str(error.orig)}})


def is_replica_failing() -> bool | None:
    """Whether the replica is left alone at the moment; None where there is none."""
    breaker: CircuitBreaker | None = current_app.extensions[REPLICA]
    return breaker.is_open if breaker else None


def init_app(app: Flask) -> None:
    """Know whether there is a replica."""
    app.extensions[REPLICA] = CircuitBreaker("the replica") if app.config["SQLALCHEMY_BINDS"] else None
