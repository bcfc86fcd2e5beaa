"""The id of each request, and one structured line about it when it is answered."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import orjson
from flask import Flask, request

from blog_api.context import exchange

log = logging.getLogger("blog_api.requests")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# How much of a path is shown, and what of it is shown as it is.
_MOST_OF_PATH = 200
_PLAIN_PATH = re.compile(rf"[A-Za-z0-9/._~-]{{1,{_MOST_OF_PATH}}}")


def visible(text: str) -> str:
    """The text on one line: what ends a line, moves a cursor or cannot be seen is written as JSON escapes it."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)


class JsonFormatter(logging.Formatter):
    """One JSON object a line. JSON escapes newlines, so that nothing a client sends can forge a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_request_id(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            traceback = self.formatException(record.exc_info)
            # UTF-8 has no surrogates, which names of files may have.
            line["exception"] = traceback.encode("utf-8", "backslashreplace").decode()
        text = orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z).decode()
        # JSON lets some characters stand that end a line for those who read it by Unicode.
        return text if text.isascii() else visible(text)


class TextFormatter(logging.Formatter):
    """The same for a person: time, level, message, then the fields as key=value. A traceback is indented, so that no
    line of it looks like another entry."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {**_request_id(), **getattr(record, "fields", {})}
        moment = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S.%f")[:-3]
        message = visible(record.getMessage())
        lines = [" ".join([moment, record.levelname, message, *(f"{k}={v!r}" for k, v in fields.items())])]
        if record.exc_info:
            lines += [f"    {visible(line)}" for line in self.formatException(record.exc_info).split("\n")]
        return "\n".join(lines)


def _request_id() -> dict[str, str]:
    return {"request_id": exchange.request_id} if exchange.request_id else {}


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
    """Log to standard error in the configured format."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if app.config["LOG_FORMAT"] == "json" else TextFormatter())
    logger = logging.getLogger("blog_api")
    logger.handlers = [handler]
    logger.setLevel(app.config["LOG_LEVEL"])
    logger.propagate = False
    # What no line shows need not be found out for each (the optimizations of Python's logging HOWTO).
    logging.logThreads = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001
    app.before_request(_note_route)
