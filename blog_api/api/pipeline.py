"""Run views. Each is wrapped, from the outside in, in audit, deadline, rate limit, transaction with retry,
authentication and Idempotency-Key. The decorators of the view (blueprint.py) declare which of these it needs.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from flask import Response, g, request
from sqlalchemy.orm.exc import StaleDataError

from blog_api.api import dry_runs, uploads
from blog_api.api.deadlines import extend_deadline, shed_load
from blog_api.api.idempotency import MaySee, run_once
from blog_api.api.parsing import Parser, read_body
from blog_api.api.response_cache import refresh_stamp
from blog_api.auth.access import PUBLIC, identify
from blog_api.auth.audit import audit_rejections
from blog_api.auth.rates import count_request
from blog_api.context import SAFE_METHODS, exchange
from blog_api.database.errors import is_retryable
from blog_api.database.replica import read
from blog_api.database.session import reading, transaction

View = Callable[..., Any]
ATTEMPTS = 3
PARSER = Parser()
# Jitter, so that two requests that deadlocked do not meet again.
_JITTER = random.SystemRandom()


def wrap(view: View) -> View:
    """Wrap the view as its decorators declare."""
    access: str = view.access  # type: ignore[attr-defined]
    secret: bool = view.secret  # type: ignore[attr-defined]
    limited: str | None = getattr(view, "limited", None)
    takes_body, takes_query, takes_key, takes_dry_run = (
        getattr(view, mark, False) for mark in ("takes_body", "takes_query", "takes_key", "takes_dry_run")
    )
    may_see: MaySee | None = getattr(view, "may_see", None)
    may_upload: uploads.MayUpload | None = getattr(view, "may_upload", None)
    has_own_transactions = hasattr(view, "own_transactions")

    @wraps(view)
    @audit_rejections()
    def wrapper(**kwargs: Any) -> Any:
        if takes_dry_run:
            dry_runs.begin(request)
        if may_upload is not None:
            extend_deadline(uploads.SECONDS)
        shed_load()
        count_request(limited)
        if not takes_query:
            PARSER.reject_query(request)
        if takes_body:
            # Before the transaction, so that a slow client holds neither a connection nor a lock.
            g.body = read_body(request)
        call_view = partial(view, **kwargs)
        if has_own_transactions:
            return _outside_transaction(access, call_view, may_upload)
        if request.method in SAFE_METHODS:
            return _read(access, call_view, secret=secret)
        if takes_key and not exchange.dry_run:
            call_view = partial(run_once, call_view, may_see)
        return _in_transaction(access, call_view)

    return wrapper


def _read(access: str, view: Callable[[], Any], *, secret: bool) -> Response:
    """Run the view outside a transaction: on the replica, which may lag a little, if the request carries no secret."""
    if exchange.cache_error is not None:
        raise exchange.cache_error
    anonymous = access == PUBLIC and not secret and "Authorization" not in request.headers
    call_view = _call_cacheable_view if anonymous and exchange.is_cacheable else _call_view
    return read(partial(call_view, access, view), allow_stale=anonymous)


def _call_view(access: str, view: Callable[[], Any]) -> Response:
    identify(access)
    response: Response = view()
    return response


def _call_cacheable_view(access: str, view: Callable[[], Any]) -> Response:
    # Read before the content: a cached response may be newer than its stamp, but never older.
    stamp, _ = refresh_stamp()
    response = _call_view(access, view)
    # A view can decide that its response is not cacheable.
    if exchange.is_cacheable and not (response.is_streamed or response.cache_control.no_store):
        exchange.stamp = stamp
    return response


def _outside_transaction(access: str, view: Callable[[], Any], may_upload: uploads.MayUpload | None) -> Any:
    """Run a view that opens its own transactions. Receive the form that it takes, if any."""
    with reading():
        identify(access)
    if may_upload is None:
        return _with_retries(view)
    with uploads.received_form(request, may_upload) as g.form:
        return view()


def _in_transaction(access: str, view: Callable[[], Any]) -> Any:
    """Run the view in a transaction."""

    def run() -> Any:
        with transaction(dry_run=bool(exchange.dry_run)):
            identify(access)
            return view()

    return _with_retries(run)


def _with_retries(run: Callable[[], Any]) -> Any:
    """Call the function. Call it again after a deadlock or a serialization failure.

    Also call it again if another request has changed the object since it was loaded and the client has sent If-Match.
    This time the view finds that version changed, and compares the two changes.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return run()
        except Exception as error:
            if attempt == ATTEMPTS or not _is_retryable(error):
                raise
        time.sleep(_JITTER.uniform(0, 0.05 * attempt))
    raise AssertionError("unreachable")


def _is_retryable(error: Exception) -> bool:
    was_overtaken = isinstance(error, StaleDataError) and "If-Match" in request.headers
    return was_overtaken or is_retryable(error)
