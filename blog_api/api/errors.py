"""Map exceptions to problems, and problems to responses. No other module builds error responses."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

import orjson
from flask import Flask, Response, request, url_for
from marshmallow import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from blog_api.api.addresses import absolute, address_of
from blog_api.api.caching import cache_headers
from blog_api.api.parsing import faults_from
from blog_api.api.shown_paths import shown_path
from blog_api.context import exchange
from blog_api.crud.rows import Renamed
from blog_api.database.errors import problem_from_database
from blog_api.problems import (
    PROBLEMS,
    HttpError,
    InternalError,
    InvalidInput,
    PreconditionFailed,
    Problem,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger(__name__)

_BY_STATUS = {kind.status: kind for kind in reversed(PROBLEMS.values()) if kind is not HttpError}


def problem_from(error: BaseException) -> Problem:
    """Return the problem for `error`, without logging it."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return _from_http(error)
    if isinstance(error, SQLAlchemyError):
        return problem_from_database(error)
    if isinstance(error, ValidationError):
        return InvalidInput(faults=faults_from(error.messages, in_body=True))
    return InternalError()


def _from_http(error: HTTPException) -> Problem:
    status = error.code or 500
    kind = _BY_STATUS.get(status, HttpError)
    problem = kind(error.description or "") if status != 500 else InternalError()
    if kind is HttpError:
        problem.status, problem.title = status, error.name
    for name in ("Allow", "Content-Range", "Retry-After", "Location"):
        value = dict(error.get_headers()).get(name) or (error.response and error.response.headers.get(name))
        if value:
            problem.headers[name] = value
    return problem


def problem_body(problem: Problem) -> dict[str, Any]:
    """Return the RFC 9457 body of a problem, including the address and id of the current request."""
    body = problem.as_dict()
    path = shown_path(exchange.route, request.path)
    addresses = {"type": address_of(body["type"]), "instance": address_of(quote(path))}
    return {**body, **addresses, "request_id": exchange.request_id}


def problem_response(problem: Problem) -> Response:
    """Return the response for a problem."""
    headers = {"Cache-Control": "no-store", **problem.headers}
    body = orjson.dumps(problem_body(problem), option=orjson.OPT_UTC_Z)
    return Response(body, problem.status, headers, content_type=MEDIA_TYPE)


def handle(error: Exception) -> Response:
    """Return the response for any exception. Log internal errors with traceback, and the reason for a 503."""
    problem = problem_from(error)
    if isinstance(error, StaleDataError) and "If-Match" in request.headers:
        # The version in If-Match was current when it was checked, but another request has changed it since.
        problem = PreconditionFailed()
    if isinstance(problem, InternalError):
        log.error("unhandled exception", exc_info=error)
    elif isinstance(problem, Unavailable):
        level = logging.ERROR if problem.needs_operator else logging.WARNING
        log.log(level, "unavailable", extra={"fields": {"reason": str(getattr(error, "orig", error))}})
    return problem_response(problem)


def redirect_renamed(error: Renamed) -> Response:
    """Redirect to the same route with the present slug or username, and with the same query."""
    arguments = {**(request.view_args or {}), error.argument: error.value}
    query = request.query_string.decode("ascii", "ignore")
    location = absolute(url_for(str(request.endpoint), **arguments)) + (f"?{query}" if query else "")
    # Not a problem: without a body, and to be revalidated, because the object can be renamed back.
    response = Response(status=308, headers={"Location": location, **cache_headers(private=False)})
    del response.headers["Content-Type"]
    return response


def init_app(app: Flask) -> None:
    """Handle all exceptions of the app, inside and outside the API, as problems."""
    app.register_error_handler(Exception, handle)
    app.register_error_handler(HTTPException, handle)
    app.register_error_handler(Renamed, redirect_renamed)
