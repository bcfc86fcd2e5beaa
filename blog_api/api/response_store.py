"""The cached responses of one worker process, in memory."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Any, NamedTuple

from cachetools import LRUCache
from flask import Flask, current_app

from blog_api.monitoring.metrics import RESPONSE_CACHE_HITS, is_enabled

# Upper limit of the memory that an entry uses in addition to its strings, in bytes.
OVERHEAD = 900
# How many requested keys to remember, at about 100 bytes each.
MAX_REQUESTED = 10_000

# Path, query string, and Origin if responses depend on it.
Key = tuple[str, str, str]
Headers = Sequence[tuple[str, str]]


class CachedResponse(NamedTuple):
    """A 200 response with the stamp of the content that it was built from, and its size in memory in bytes.

    `activity` is the state of the comments and likes that it shows, if any.
    """

    stamp: Hashable
    route: str
    headers: Headers
    body: bytes
    size: int
    activity: Any = None


def size_of(key: Key, headers: Headers, body: bytes) -> int:
    """Return how many bytes an entry uses, including its key, which can be larger than the body."""
    return OVERHEAD + len(body) + sum(map(len, (*key, *(text for header in headers for text in header))))


class ResponseStore:
    """The most recently used responses, up to a total size.

    Only responses that are requested twice are stored: crawlers request most addresses once.
    """

    def __init__(self, size: int, record_hit: Callable[[], None] = lambda: None) -> None:
        """Create a store of `size` bytes. `record_hit` is called for each response served from it."""
        self.record_hit = record_hit
        # The stamp read last, by any thread.
        self.latest: Any = None
        self._requested: LRUCache[int, bool] = LRUCache(MAX_REQUESTED)
        self._responses: LRUCache[Key, CachedResponse] = LRUCache(size, lambda response: response.size)
        self._lock = Lock()

    def was_requested(self, key: Key) -> bool:
        """Return whether the key was requested before, and remember it."""
        with self._lock:
            known = hash(key) in self._requested
            self._requested[hash(key)] = True
        return known

    def get(self, key: Key) -> CachedResponse | None:
        """Return the response stored for the key, unless its stamp is not the latest."""
        with self._lock:
            response = self._responses.get(key)
        return response if response and response.stamp == self.latest else None

    def put(
        self, key: Key, stamp: Hashable, route: str, headers: Headers, body: bytes, activity: Any = None
    ) -> None:
        """Store a 200 response, unless it is larger than the whole store."""
        size = size_of(key, headers, body)
        if size > self._responses.maxsize:
            return
        # A copy: the bytes that orjson returns occupy some kilobytes beyond their end.
        response = CachedResponse(stamp, route, tuple(headers), bytes(memoryview(body)), size, activity)
        with self._lock:
            self._responses[key] = response

    def clear(self) -> None:
        """Remove everything."""
        with self._lock:
            self.latest = None
            self._requested.clear()
            self._responses.clear()


def response_store() -> ResponseStore:
    """Return the store of the current app. Only call this if REPLY_CACHE_MB is not 0."""
    store: ResponseStore = current_app.extensions["response_store"]
    return store


def init_app(app: Flask) -> None:
    """Create a store of REPLY_CACHE_MB, or none if that is 0."""
    size = app.config["REPLY_CACHE_MB"] * 1024 * 1024
    record_hit = RESPONSE_CACHE_HITS.inc if is_enabled(app) else lambda: None
    app.extensions["response_store"] = ResponseStore(size, record_hit) if size else None
