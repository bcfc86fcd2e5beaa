"""Send pictures from their store, without the database.

Werkzeug's `send_file` is slower, and sends ranges even to clients that have the whole file (RFC 9110, 13.2.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Response, current_app, request
from werkzeug.datastructures import Range
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from blog_api.database.circuit_breaker import CircuitBreaker
from blog_api.media.buckets import Bucket
from blog_api.media.failures import StoreUnavailable
from blog_api.media.objects import ATTRIBUTES, StoredObject
from blog_api.media.stores import Store, open_store
from blog_api.problems import NotFound

Result = TypeVar("Result")
HEADERS = {
    **ATTRIBUTES,
    "Accept-Ranges": "bytes",
    "Content-Disposition": "inline",
    # Opened as a page, a picture can do nothing.
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class GuardedBucket:
    """A bucket behind a circuit breaker: after a failure, reads fail immediately, so that threads do not wait."""

    def __init__(self, bucket: Bucket) -> None:
        """Wrap the bucket."""
        self._bucket = bucket
        self._breaker = CircuitBreaker("media store")

    def size(self, name: str) -> int | None:
        """Return the size of an object, or None if it does not exist. Raises StoreUnavailable."""
        return self._call(lambda: self._bucket.size(name))

    def read(self, name: str, start: int = 0, end: int | None = None) -> StoredObject | None:
        """Read an object, or a part of it. Return None if it does not exist. Raises StoreUnavailable."""
        return self._call(lambda: self._bucket.read(name, start, end))

    def _call(self, function: Callable[[], Result]) -> Result:
        if not self._breaker.allows_attempt():
            raise StoreUnavailable("the last request failed", needs_operator=False)
        try:
            result = function()
        except StoreUnavailable:
            self._breaker.trip()
            raise
        self._breaker.reset()
        return result


def init_app(app: Flask) -> None:
    """Open the store in MEDIA_STORE."""
    store: Store = open_store(app.config["MEDIA_STORE"])
    app.extensions["media_store"] = store
    app.extensions["media_reader"] = GuardedBucket(store) if isinstance(store, Bucket) else store


def send_picture(name: str) -> Response:
    """Return the object with this name, or the requested range. api/caching.py sends 304 to clients that have it.

    Raises NotFound, RequestedRangeNotSatisfiable and StoreUnavailable.
    """
    store = current_app.extensions["media_reader"]
    # The key is never used again, so the name identifies the bytes.
    tag = name.removesuffix(".webp").replace("/", "-")
    if request.method == "HEAD" or request.if_none_match.contains_weak(tag):
        size = store.size(name)
        return _respond(None if size is None else StoredObject(size, iter(())), tag)
    asked = request.range
    # Ignore malformed ranges, those in other units (RFC 9110, 14.2), and several ranges in one request.
    if asked is None or asked.units != "bytes" or len(asked.ranges) > 1 or _has_another(tag):
        return _respond(store.read(name), tag)
    size = store.size(name)
    if size is None:
        raise _missing()
    start, end = asked.ranges[0]
    # A suffix range can be longer than the picture.
    part = Range("bytes", [(max(start, -size), end)]).range_for_length(size)
    if part is None:
        raise RequestedRangeNotSatisfiable(size)
    response = _respond(store.read(name, *part), tag)
    response.status_code = 206
    response.content_range.set(*part, size)
    return response


def _has_another(tag: str) -> bool:
    """Return whether the part that the client has is from another file, so that it needs the whole picture."""
    return "If-Range" in request.headers and request.if_range.etag != tag


def _respond(found: StoredObject | None, tag: str) -> Response:
    if found is None:
        raise _missing()
    headers = {**HEADERS, "Content-Length": str(found.size), "ETag": f'"{tag}"'}
    return Response(found.chunks, headers=headers, direct_passthrough=True)


def _missing() -> NotFound:
    return NotFound("There is no picture at this address.")
