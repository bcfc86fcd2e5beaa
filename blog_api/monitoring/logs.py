"""Structured logs on standard error, as JSON or as text.

Custom formatters, because python-json-logger and structlog are two and four times slower per line. Both would also need
custom code to escape line separators and to indent tracebacks.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import orjson
from flask import Flask

from blog_api.context import exchange

# The parent of all loggers of this package.
LOGGER = "blog_api"
# The loggers of DB_ECHO and DB_ECHO_POOL. SQLAlchemy adds its own handler to them if they have none.
_ECHOES = (
    "sqlalchemy.engine.Engine",
    "sqlalchemy.pool.impl.DeadlinePool",
    "sqlalchemy.pool.impl.TimedPool",
)


def escape_unprintable(text: str) -> str:
    """Escape line breaks, control characters and other unprintable characters, as in JSON."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)


class JsonFormatter(logging.Formatter):
    """Format a record as one line of JSON, including `extra={"fields": {...}}`. Input cannot forge a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_ids(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            traceback = self.formatException(record.exc_info)
            # File names can contain lone surrogates, which UTF-8 cannot encode.
            line["exception"] = traceback.encode("utf-8", "backslashreplace").decode()
        text = orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z).decode()
        # JSON does not escape Unicode line separators.
        return text if text.isascii() else escape_unprintable(text)


class TextFormatter(logging.Formatter):
    """Format a record as time, level, message and key=value fields.

    Tracebacks are indented, so that none of their lines looks like a log entry.
    """

    def format(self, record: logging.LogRecord) -> str:
        fields = {**_ids(), **getattr(record, "fields", {})}
        moment = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S.%f")[:-3]
        message = escape_unprintable(record.getMessage())
        lines = [" ".join([moment, record.levelname, message, *(f"{k}={v!r}" for k, v in fields.items())])]
        if record.exc_info:
            lines += [
                f"    {escape_unprintable(line)}"
                for line in self.formatException(record.exc_info).split("\n")
            ]
        return "\n".join(lines)


def _ids() -> dict[str, str]:
    """Return the ids of the request and of its trace."""
    ids = {"request_id": exchange.request_id} if exchange.request_id else {}
    return {**ids, "trace_id": exchange.trace_id} if exchange.trace_id else ids


def log_everything(handlers: Iterable[logging.Handler]) -> None:
    """Send to these handlers what would otherwise be printed as text: lines of libraries, warnings and crashes."""
    logging.basicConfig(handlers=handlers, level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    sys.excepthook = _log_crash
    threading.excepthook = _log_crash_of_thread


def _log_crash(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    logging.getLogger(LOGGER).critical("uncaught exception", exc_info=(kind, error, traceback))


def _log_crash_of_thread(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is not None:
        _log_crash(crash.exc_type, crash.exc_value, crash.exc_traceback)


def init_app(app: Flask) -> None:
    """Log to standard error in the configured format."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if app.config["LOG_FORMAT"] == "json" else TextFormatter())
    for name in (LOGGER, *_ECHOES):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
    logging.getLogger(LOGGER).setLevel(app.config["LOG_LEVEL"])
