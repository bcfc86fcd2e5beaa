"""The request that is answered, and the methods of HTTP that we speak of."""

from __future__ import annotations

from flask import Request, request

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Those of a view that change nothing (RFC 9110, 9.2.1); OPTIONS, which is safe too, is answered before any view.
SAFE_METHODS = ("GET", "HEAD")


def current_request() -> Request:
    """The request itself, for who asks it several things: `flask.request` looks for it anew at each."""
    itself: Request = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    return itself
