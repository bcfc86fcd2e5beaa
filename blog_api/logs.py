"""The id of each request, and one structured line about it when it is answered."""

from __future__ import annotations

import logging
import re
import sys
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Flask, Response, g, has_request_context, request

log = logging.getLogger("blog_api.requests")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


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
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z).decode()


class TextFormatter(logging.Formatter):
    """The same for a person: time, level, message, then the fields as key=value."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {**_request_id(), **getattr(record, "fields", {})}
        moment = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S.%f")[:-3]
        words = [moment, record.levelname, record.getMessage(), *(f"{k}={v!r}" for k, v in fields.items())]
        text = " ".join(words)
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


def _request_id() -> dict[str, str]:
    return {"request_id": g.request_id} if has_request_context() and "request_id" in g else {}


def _start() -> None:
    g.started = time.perf_counter()
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    if log.isEnabledFor(logging.INFO):
        viewer = g.get("viewer")
        fields = {
            "method": request.method,
            "route": request.url_rule.rule if request.url_rule else None,
            "status": response.status_code,
            "ms": round((time.perf_counter() - g.started) * 1000, 2),
            "user_id": viewer.id if viewer else None,
        }
        log.info("request", extra={"fields": fields})
    return response


def init_app(app: Flask) -> None:
    """Log to standard error in the configured format; give each request an id, a line and X-Request-ID."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if app.config["LOG_FORMAT"] == "json" else TextFormatter())
    logger = logging.getLogger("blog_api")
    logger.handlers = [handler]
    logger.setLevel(app.config["LOG_LEVEL"])
    logger.propagate = False
    # What no line shows need not be found out for each (the optimizations of Python's logging HOWTO).
    logging.logThreads = logging.logMultiprocessing = False
    app.before_request(_start)
    app.after_request(_finish)
