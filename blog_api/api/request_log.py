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

from blog_api.api.shown_paths import shown_path
from blog_api.context import exchange

log = logging.getLogger("blog_api.requests")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# W3C Trace Context: version, trace id, parent id and flags. Versions after 00 can add more.
_TRACEPARENT = re.compile(
    r"(?!ff|00-.{52}-)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?"
)
# Longer paths are truncated in the log. Plain ones need no quoting.
_MAX_LOGGED_PATH = 200
_PLAIN_PATH = re.compile(rf"[A-Za-z0-9/._~-]{{1,{_MAX_LOGGED_PATH}}}")


def _path(environ: WSGIEnvironment) -> str | None:
    """Return the quoted path without the query, truncated to 200 characters, or None if no route matched.

    An unmatched path can contain anything, such as a token. A matched one contains only ids, slugs and names,
    unless its rule says that it has a secret.
    """
    if exchange.route is None:
        return None
    path = shown_path(exchange.route, environ.get("PATH_INFO", ""))
    if _PLAIN_PATH.fullmatch(path):
        return path
    # WSGI decodes the bytes of the path as Latin-1 (PEP 3333).
    return quote(path.encode("latin-1").decode("utf-8", "replace")[:_MAX_LOGGED_PATH])[:_MAX_LOGGED_PATH]


class RequestLog:
    """WSGI middleware that assigns each request an id, returns it in X-Request-ID and logs the request."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the app and log the request."""
        sent = environ.get("HTTP_X_REQUEST_ID", "")
        exchange.begin(sent if _REQUEST_ID.fullmatch(sent) else secrets.token_hex(16), time.perf_counter())
        if traceparent := environ.get("HTTP_TRACEPARENT"):
            exchange.trace_id = _trace_id(traceparent)

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


def _trace_id(traceparent: str) -> str:
    found = _TRACEPARENT.fullmatch(traceparent)
    return found[1] if found else ""


def _log_request(environ: WSGIEnvironment) -> None:
    fields = {
        "method": environ["REQUEST_METHOD"],
        "route": exchange.route,
        "path": _path(environ),
        "status": exchange.status,
        "ms": round((time.perf_counter() - exchange.started) * 1000, 2),
        "user_id": exchange.user_id,
    }
    if exchange.dry_run:
        fields["dry_run"] = True
    log.info("request", extra={"fields": fields})


def _record_route() -> None:
    rule = request.url_rule
    exchange.route = rule.rule if rule else None


def _record_trace() -> None:
    # OpenTelemetry adds the id of its trace to each record, and has begun one if the client has not.
    trace_id = getattr(logging.makeLogRecord({}), "otelTraceID", "0")
    if trace_id != "0":
        exchange.trace_id = trace_id


def init_app(app: Flask) -> None:
    """Record the route of each request for the log, and its trace if OpenTelemetry runs."""
    app.before_request(_record_route)
    if logging.getLogRecordFactory() is not logging.LogRecord:
        app.before_request(_record_trace)
