"""Deprecated routes: the headers Deprecation (RFC 9745) and Sunset (RFC 8594), and a link to what replaces them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import wraps
from typing import Any, NamedTuple

from flask import Response, after_this_request
from werkzeug.http import http_date

View = Callable[..., Any]
# The headers in the OpenAPI document. They are not components, because linters warn of unused components.
DESCRIPTIONS: dict[str, dict[str, Any]] = {
    "Deprecation": {
        "description": "The time of the deprecation, in seconds since 1970 (RFC 9745).",
        "schema": {"type": "string"},
        "example": "@1767225600",
    },
    "Sunset": {
        "description": "The earliest time of the removal (RFC 8594).",
        "schema": {"type": "string"},
        "example": "Wed, 01 Jul 2026 00:00:00 GMT",
    },
}


class Deprecation(NamedTuple):
    """The dates of the deprecation and of the removal of a route, and the page that says what to use instead."""

    since: date
    sunset: date
    link: str

    def add_headers(self, response: Response) -> Response:
        """Add the headers to a response."""
        since, sunset = _midnight(self.since), _midnight(self.sunset)
        response.headers["Deprecation"] = f"@{int(since.timestamp())}"
        response.headers["Sunset"] = http_date(sunset)
        response.headers.add("Link", f'<{self.link}>; rel="deprecation"; type="text/html"')
        return response


def deprecated(*, since: date, sunset: date, link: str) -> Callable[[View], View]:
    """Mark a view as deprecated, in its responses and in the OpenAPI document."""

    def decorator(view: View) -> View:
        view.deprecation = Deprecation(since, sunset, link)  # type: ignore[attr-defined]
        return view

    return decorator


def announce(view: View) -> View:
    """Add the headers to all responses of a deprecated view, errors included. Return other views unchanged."""
    deprecation: Deprecation | None = getattr(view, "deprecation", None)
    if deprecation is None:
        return view

    @wraps(view)
    def wrapper(**kwargs: Any) -> Any:
        after_this_request(deprecation.add_headers)
        return view(**kwargs)

    return wrapper


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
