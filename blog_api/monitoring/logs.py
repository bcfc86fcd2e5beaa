"""Structured logs on standard error: JSON for machines, text for people.

Two formatters of our own, since python-json-logger and structlog take two and four times as long for a line, and would
both need a processor of ours to escape line separators and a renderer of ours for text whose tracebacks are indented.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Flask

from blog_api.context import exchange


def escape_unprintable(text: str) -> str:
    """Escape line ends, control characters and whatever else is not printable, as JSON does."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)


class JsonFormatter(logging.Formatter):
    """One JSON object per line, with `extra={"fields": {...}}` as members. No client can forge a line."""

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
            # File names may hold lone surrogates, which UTF-8 cannot encode.
            line["exception"] = traceback.encode("utf-8", "backslashreplace").decode()
        text = orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z).decode()
        # JSON does not escape the line separators of Unicode.
        return text if text.isascii() else escape_unprintable(text)


class TextFormatter(logging.Formatter):
    """Time, level, message, then the fields as key=value. Tracebacks are indented, so that no line of one looks like an
    entry."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {**_request_id(), **getattr(record, "fields", {})}
        moment = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S.%f")[:-3]
        message = escape_unprintable(record.getMessage())
        lines = [" ".join([moment, record.levelname, message, *(f"{k}={v!r}" for k, v in fields.items())])]
        if record.exc_info:
            lines += [
                f"    {escape_unprintable(line)}"
                for line in self.formatException(record.exc_info).split("\n")
            ]
        return "\n".join(lines)


def _request_id() -> dict[str, str]:
    return {"request_id": exchange.request_id} if exchange.request_id else {}


def init_app(app: Flask) -> None:
    """Log to standard error in the configured format."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if app.config["LOG_FORMAT"] == "json" else TextFormatter())
    logger = logging.getLogger("blog_api")
    logger.handlers = [handler]
    logger.setLevel(app.config["LOG_LEVEL"])
    logger.propagate = False
