"""The id of each request, and one log line about it when it is answered."""

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
# How much of a path is shown, and what of it is shown as it is.
_MOST_OF_PATH = 200
_PLAIN_PATH = re.compile(rf"[A-Za-z0-9/._~-]{{1,{_MOST_OF_PATH}}}")


def _path(environ: WSGIEnvironment) -> str | None:
    """The path as it is in a URL, without the query, cut where it is long; None where no route takes it.

    What no route takes may hold anything, also what was meant for a body; what one takes are ids, slugs and names.
    """
    if exchange.route is None:
        return None
    path: str = environ.get("PATH_INFO", "")
    if _PLAIN_PATH.fullmatch(path):
        return path
    # WSGI has its bytes as Latin-1 (PEP 3333).
    return quote(path.encode("latin-1").decode("utf-8", "replace")[:_MOST_OF_PATH])[:_MOST_OF_PATH]


class RequestLog:
    """Gives each request an id, which its reply carries, and writes a line when it is answered."""

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
                _write_line(environ)
            exchange.end()


def _write_line(environ: WSGIEnvironment) -> None:
    fields = {
        "method": environ["REQUEST_METHOD"],
        "route": exchange.route,
        "path": _path(environ),
        "status": exchange.status,
        "ms": round((time.perf_counter() - exchange.started) * 1000, 2),
        "user_id": exchange.user_id,
    }
    log.handle(_record(fields))


# What is the same of all lines about requests, in each process and thread.
_REQUEST = vars(logging.LogRecord(log.name, logging.INFO, "", 0, "request", (), None)) | dict.fromkeys(
    ("process", "processName", "thread", "threadName")
)


def _record(fields: dict[str, Any]) -> logging.LogRecord:
    """As `log.info` makes it, which finds out for each what is known of all."""
    record, now = object.__new__(logging.LogRecord), time.time()
    vars(record).update(_REQUEST, created=now, msecs=now % 1 * 1000, fields=fields)
    return record


def _note_route() -> None:
    rule = request.url_rule
    exchange.route = rule.rule if rule else None


def init_app(app: Flask) -> None:
    """Note the route of each request for its log line."""
    app.before_request(_note_route)
