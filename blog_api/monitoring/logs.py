"""Structured logs on standard error: JSON for machines, text for people."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Flask

from blog_api.context import exchange


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
