"""Request ids, and one log line per request."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, request

from blog_api.context import exchange

log = logging.getLogger("blog_api.requests")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# How much of a path is logged, and which paths are logged unquoted.
_MAX_LOGGED_PATH = 200
_PLAIN_PATH = re.compile(rf"[A-Za-z0-9/._~-]{{1,{_MAX_LOGGED_PATH}}}")


def _path(environ: WSGIEnvironment) -> str | None:
    """Return the path as in a URL, without the query and cut at 200 characters; None where no route matches.

    An unmatched path may hold anything, such as a token; a matched one holds ids, slugs and names.
    """
    if exchange.route is None:
        return None
    path: str = environ.get("PATH_INFO", "")
    if _PLAIN_PATH.fullmatch(path):
        return path
    # WSGI has its bytes as Latin-1 (PEP 3333).
    return quote(path.encode("latin-1").decode("utf-8", "replace")[:_MAX_LOGGED_PATH])[:_MAX_LOGGED_PATH]


class RequestLog:
    """WSGI middleware that gives each request an id, sends it with the reply and logs the request."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the app does."""
        given = environ.get("HTTP_X_REQUEST_ID", "")
        exchange.begin(given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16), time.perf_counter())

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            exchange.status = int(status[:3])
            headers.append(("X-Request-ID", exchange.request_id))
            return start_response(status, headers, *error)

        try:
            return self._app(environ, start)
        finally:
            if log.isEnabledFor(logging.INFO):
                _log_request(environ)
            exchange.end()


def _log_request(environ: WSGIEnvironment) -> None:
    fields = {
        "method": environ["REQUEST_METHOD"],
        "route": exchange.route,
        "path": _path(environ),
        "status": exchange.status,
        "ms": round((time.perf_counter() - exchange.started) * 1000, 2),
        "user_id": exchange.user_id,
    }
    log.info("request", extra={"fields": fields})


def _record_route() -> None:
    rule = request.url_rule
    exchange.route = rule.rule if rule else None


def init_app(app: Flask) -> None:
    """Note the route of each request for its log line."""
    app.before_request(_record_route)
