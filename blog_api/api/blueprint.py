"""This project's Api and Blueprint: OpenAPI, strict input, and the order of the walls around each view.

A request passes, outermost first: errors, audit, rate limit, transaction with retry, who is asking, answered before?,
reading input, view, writing output. The last three are decorators; `Blueprint.route` adds the others.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from functools import partial, wraps
from typing import Any
from urllib.parse import unquote_plus

import flask_smorest
import orjson
from flask import Flask, Response, g, request
from marshmallow import Schema

from blog_api.api import converters
from blog_api.api.caching import cache_headers, entity_tag
from blog_api.api.deadlines import reject_overdue
from blog_api.api.idempotency import run_once
from blog_api.api.openapi import api as openapi
from blog_api.api.openapi import views as openapi_views
from blog_api.api.parsing import Parser, read_body, reject_query
from blog_api.api.reply_cache import stamp_content
from blog_api.auth.access import PUBLIC, current_viewer, identify
from blog_api.auth.audit import audit_rejections
from blog_api.auth.rates import count_request
from blog_api.context import SAFE_METHODS, exchange
from blog_api.database.errors import is_retryable
from blog_api.database.replica import read
from blog_api.database.session import transaction
from blog_api.paging.pages import Page
from blog_api.schemas.dumping import Dump, compile_dump

View = Callable[..., Any]
ATTEMPTS = 3
# By it two that met fall out of step.
_CHANCE = random.SystemRandom()


class Blueprint(flask_smorest.Blueprint):
    """A smorest blueprint whose views are wrapped in this project's walls."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, *args: Any, secret: bool = False, **options: Any) -> None:
        """Create a blueprint; `secret` if its paths or responses contain secrets, such as tokens.

        Secret responses are stored nowhere: they are sent with `no-store`, and POST takes no Idempotency-Key. Secret
        paths are looked up on the primary, so that a revoked secret stops working at once.
        """
        super().__init__(*args, **options)
        self.secret = secret

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, **options: Any
    ) -> None:
        """Register the view, inside the walls that its access and methods ask for."""
        view_func.takes_key = not self.secret and "POST" in options.get("methods", ())
        view_func.secret = self.secret
        openapi_views.document(view_func, rule, options)
        super().add_url_rule(rule, endpoint or view_func.__name__, _walled(view_func), **options)

    def body(self, schema: Schema) -> Callable[[View], View]:
        """The view takes the JSON body, as `schema` reads it."""
        return _marking("takes_body", self.arguments(schema, location="json"))

    def query(self, schema: Schema) -> Callable[[View], View]:
        """The view takes the query parameters, as `schema` reads them. Without this it takes none."""
        return _marking("takes_query", self.arguments(schema, location="query"))

    def gives(
        self, status: int, schema: Schema | None = None, *, also: int | None = None
    ) -> Callable[[View], View]:
        """The view returns what `schema` shows, or (that, headers). Pages and objects with a `version` get an ETag.

        A view that `also` answers another status returns (that, headers, status).
        """
        headers = openapi_views.response_headers(status, schema)
        described: Callable[[View], View] = self.response(status, schema, headers=headers)
        described_also: Callable[[View], View] = (
            self.alt_response(also, schema=schema, headers=headers) if also else lambda view: view
        )
        dump = compile_dump(schema) if schema is not None else None

        def decorator(view: View) -> View:
            @wraps(view)
            def wrapper(*args: Any, **kwargs: Any) -> Response:
                response = _reply(view(*args, **kwargs), status, dump)
                if self.secret:
                    # RFC 6749, 5.1: what has tokens and the like in it, nobody keeps.
                    response.headers["Cache-Control"] = "no-store"
                return response

            return described(described_also(wrapper))

        return decorator

    def limited(self, setting: str) -> Callable[[View], View]:
        """One address may call the view as often as the rates in `setting` say."""

        def decorator(view: View) -> View:
            view.limited = setting  # type: ignore[attr-defined]
            return view

        return decorator

    def fails(self, *statuses: int) -> Callable[[View], View]:
        """The view may also answer these errors, beside those that follow from its access and input."""

        def decorator(view: View) -> View:
            view.fails = statuses  # type: ignore[attr-defined]
            return view

        return decorator


def _reply(result: Any, status: int, dump: Dump | None) -> Response:
    """The reply for what a view returned, with its validators and cache headers."""
    result, own, status = (*result, status)[:3] if type(result) is tuple else (result, {}, status)
    if dump is None:
        response = Response(status=status, headers=own)
        del response.headers["Content-Type"]
        return response
    is_page = isinstance(result, Page)
    body = orjson.dumps(dump(result.as_dict() if is_page else result), option=orjson.OPT_UTC_Z)
    version = None if is_page else result.get("version")
    # As a list, since werkzeug sorts out what anything else may be, and looks for each header that is set by itself.
    headers = [*own.items(), *cache_headers(private=current_viewer() is not None).items()]
    if is_page or version is not None:
        headers.append(("ETag", entity_tag(body, version)))
    if is_page:
        headers += _links(result)
    return Response(body, status, headers, content_type="application/json")


def _links(page: Page) -> Iterator[tuple[str, str]]:
    """The header Link (RFC 8288) to the neighbours of the page, with the filters of this request."""
    query = request.query_string.decode()
    parts = query.split("&") if query else []
    own = ("", "cursor", "offset")
    kept = "".join(f"{part}&" for part in parts if unquote_plus(part.partition("=")[0]) not in own)
    for rel, cursor in (("next", page.next_cursor), ("prev", page.prev_cursor)):
        if cursor:
            yield "Link", f'<{request.path}?{kept}cursor={cursor}>; rel="{rel}"'


def _marking(mark: str, decorator: Callable[[View], View]) -> Callable[[View], View]:
    def marked(view: View) -> View:
        decorated = decorator(view)
        setattr(decorated, mark, True)
        return decorated

    return marked


def _walled(view: View) -> View:
    access: str = view.access  # type: ignore[attr-defined]
    secret: bool = view.secret  # type: ignore[attr-defined]
    limited: str | None = getattr(view, "limited", None)
    takes_body, takes_query, takes_key = (
        getattr(view, mark, False) for mark in ("takes_body", "takes_query", "takes_key")
    )

    @wraps(view)
    @audit_rejections()
    def wrapper(**kwargs: Any) -> Any:
        reject_overdue()
        count_request(limited)
        if not takes_query:
            reject_query(request)
        if takes_body:
            # Before the transaction, so that a slow client holds no connection and no lock.
            g.body = read_body(request)
        answer = partial(view, **kwargs)
        if request.method in SAFE_METHODS:
            return _read(access, answer, secret=secret)
        return _in_transaction(access, partial(run_once, answer) if takes_key else answer)

    return wrapper


def _read(access: str, view: Callable[[], Any], *, secret: bool) -> Response:
    """Run the view outside a transaction: on the replica, which may lag a little, if the request carries no secret."""
    if exchange.cache_error is not None:
        raise exchange.cache_error
    anonymous = access == PUBLIC and not secret and "Authorization" not in request.headers
    answer = _answer_to_cache if anonymous and exchange.is_cacheable else _answer
    return read(partial(answer, access, view), stale=anonymous)


def _answer(access: str, view: Callable[[], Any]) -> Response:
    identify(access)
    response: Response = view()
    return response


def _answer_to_cache(access: str, view: Callable[[], Any]) -> Response:
    # Read before the content: a cached response may be newer than its stamp, but never older.
    stamp = stamp_content()
    response = _answer(access, view)
    if not (response.is_streamed or response.cache_control.no_store):
        exchange.stamp = stamp
    return response


def _in_transaction(access: str, view: Callable[[], Any]) -> Any:
    """Run the view in a transaction, again from the start where the database asks for it."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction():
                identify(access)
                return view()
        except Exception as error:
            if attempt == ATTEMPTS or not is_retryable(error):
                raise
        time.sleep(_CHANCE.uniform(0, 0.05 * attempt))
    raise AssertionError("unreachable")


def init_app(app: Flask) -> openapi.Api:
    """The Api of the app, which the blueprints are registered with."""
    converters.init_app(app)
    api = app.extensions["openapi"] = openapi.Api(app)
    converters.document(api)
    return api
