"""The Blueprint of this project: flask-smorest's, plus strict input, access, rate limits, transactions and caching.

Each view is wrapped, outermost first, by: audit, deadline, rate limit, transaction with retry, authentication,
Idempotency-Key, input, output. `Blueprint.route` adds all but the last two, which are decorators.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import flask_smorest
from flask import Flask, Response, g, request
from marshmallow import Schema
from sqlalchemy.orm.exc import StaleDataError

from blog_api.api import converters, dry_runs
from blog_api.api.deadlines import shed_load
from blog_api.api.deprecations import announce
from blog_api.api.edge import Edge
from blog_api.api.idempotency import MaySee, run_once
from blog_api.api.openapi import api as openapi
from blog_api.api.openapi import views as openapi_views
from blog_api.api.parsing import Parser, read_body
from blog_api.api.response_cache import refresh_stamp
from blog_api.api.responses import to_response
from blog_api.auth.access import PUBLIC, identify
from blog_api.auth.audit import audit_rejections
from blog_api.auth.rates import count_request
from blog_api.context import SAFE_METHODS, exchange
from blog_api.database.errors import is_retryable
from blog_api.database.replica import read
from blog_api.database.session import transaction
from blog_api.schemas.dumping import compile_dump

View = Callable[..., Any]
ATTEMPTS = 3
# Jitter, so that two requests that deadlocked do not meet again.
_JITTER = random.SystemRandom()


class Blueprint(flask_smorest.Blueprint):
    """A flask-smorest blueprint that wraps its views."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, *args: Any, secret: bool = False, dry_run: bool = False, **options: Any) -> None:
        """Create a blueprint; `secret` if its paths or responses contain secrets, such as tokens.

        Secret responses are stored nowhere: they are sent with `no-store`, and POST takes no Idempotency-Key. Secret
        paths are looked up on the primary, so that a revoked secret stops working at once.

        With `dry_run`, writes take the parameter of that name, except secret ones.
        """
        super().__init__(*args, **options)
        self.secret, self.dry_run = secret, dry_run and not secret

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, **options: Any
    ) -> None:
        """Register the view, wrapped as its access and methods require."""
        methods = options.get("methods", ())
        view_func.takes_key = not self.secret and "POST" in methods
        view_func.takes_dry_run = self.dry_run and not set(methods) <= set(SAFE_METHODS)
        view_func.secret = self.secret
        openapi_views.document(view_func, rule, options)
        super().add_url_rule(rule, endpoint or view_func.__name__, announce(_wrap(view_func)), **options)

    def body(self, schema: Schema) -> Callable[[View], View]:
        """Pass the JSON body to the view, loaded by `schema`."""
        return _mark("takes_body", self.arguments(schema, location="json"))

    def query(self, schema: Schema) -> Callable[[View], View]:
        """Pass the query parameters to the view, loaded by `schema`. Without this decorator there are none."""
        return _mark("takes_query", self.arguments(schema, location="query"))

    def returns(
        self,
        status: int,
        schema: Schema | None = None,
        *,
        alt_status: int | None = None,
        sparse: Schema | None = None,
    ) -> Callable[[View], View]:
        """Respond with what the view returns, dumped by `schema`. Pages and objects with a `version` get an ETag.

        The view returns the object, or (object, headers), or (object, headers, status) if the status is `alt_status`.
        `sparse` documents responses to requests that select fields.
        """
        headers = openapi_views.response_headers(status, schema)
        shown = schema if sparse is None else {"anyOf": [schema, sparse]}
        described: Callable[[View], View] = self.response(status, shown, headers=headers)
        described_alt: Callable[[View], View] = (
            self.alt_response(alt_status, schema=schema, headers=headers) if alt_status else lambda view: view
        )
        dump, edge = (compile_dump(schema), Edge(schema)) if schema is not None else (None, None)

        def decorator(view: View) -> View:
            @wraps(view)
            def wrapper(*args: Any, **kwargs: Any) -> Response:
                response = to_response(view(*args, **kwargs), status, dump, edge)
                if self.secret:
                    # RFC 6749, section 5.1.
                    response.headers["Cache-Control"] = "no-store"
                return response

            return described(described_alt(wrapper))

        return decorator

    def limited(self, setting: str) -> Callable[[View], View]:
        """Limit how often one address may call the view, by the rates in this setting."""

        def decorator(view: View) -> View:
            view.limited = setting  # type: ignore[attr-defined]
            return view

        return decorator

    def replays_if(self, may_see: MaySee) -> Callable[[View], View]:
        """Replay a stored response only if the viewer may still see what it shows."""

        def decorator(view: View) -> View:
            view.may_see = may_see  # type: ignore[attr-defined]
            return view

        return decorator

    def raises(self, *statuses: int) -> Callable[[View], View]:
        """Document these error statuses, in addition to those that follow from access and input."""

        def decorator(view: View) -> View:
            view.fails = statuses  # type: ignore[attr-defined]
            return view

        return decorator


def _mark(mark: str, decorator: Callable[[View], View]) -> Callable[[View], View]:
    def marked(view: View) -> View:
        decorated = decorator(view)
        setattr(decorated, mark, True)
        return decorated

    return marked


def _wrap(view: View) -> View:
    access: str = view.access  # type: ignore[attr-defined]
    secret: bool = view.secret  # type: ignore[attr-defined]
    limited: str | None = getattr(view, "limited", None)
    takes_body, takes_query, takes_key, takes_dry_run = (
        getattr(view, mark, False) for mark in ("takes_body", "takes_query", "takes_key", "takes_dry_run")
    )
    may_see: MaySee | None = getattr(view, "may_see", None)

    @wraps(view)
    @audit_rejections()
    def wrapper(**kwargs: Any) -> Any:
        if takes_dry_run:
            dry_runs.begin(request)
        shed_load()
        count_request(limited)
        if not takes_query:
            Blueprint.ARGUMENTS_PARSER.reject_query(request)
        if takes_body:
            # Before the transaction, so that a slow client holds neither a connection nor a lock.
            g.body = read_body(request)
        call_view = partial(view, **kwargs)
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
    stamp = refresh_stamp()
    response = _call_view(access, view)
    if not (response.is_streamed or response.cache_control.no_store):
        exchange.stamp = stamp
    return response


def _in_transaction(access: str, view: Callable[[], Any]) -> Any:
    """Run the view in a transaction. Run it again from the start after a deadlock or a serialization failure.

    Also run it again if another request has changed the object since it was loaded and the client has sent If-Match.
    This time the view finds that version changed, and compares the two changes.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction(dry_run=bool(exchange.dry_run)):
                identify(access)
                return view()
        except Exception as error:
            if attempt == ATTEMPTS or not _is_retryable(error):
                raise
        time.sleep(_JITTER.uniform(0, 0.05 * attempt))
    raise AssertionError("unreachable")


def _is_retryable(error: Exception) -> bool:
    was_overtaken = isinstance(error, StaleDataError) and "If-Match" in request.headers
    return was_overtaken or is_retryable(error)


def init_app(app: Flask) -> openapi.Api:
    """Create the Api that blueprints are registered with."""
    converters.init_app(app)
    dry_runs.init_app(app)
    api = app.extensions["openapi"] = openapi.Api(app)
    converters.document(api)
    return api
