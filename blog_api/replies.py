"""Replies that are kept to be sent again, in the memory of the process, each with the stamp of what it was made of."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, NamedTuple

from cachetools import LRUCache
from flask import Flask, Response, current_app

from blog_api.metrics import KEPT_REPLIES, are_on

# What an entry takes beside its texts, at most.
OVERHEAD = 900
# How many addresses are remembered that were asked for, 100 bytes each.
REMEMBERED = 10_000


# Path and query.
Address = tuple[str, bytes]


class Kept(NamedTuple):
    """A reply of status 200, the stamp that was read before it was made, and how many bytes all of it takes."""

    stamp: Hashable
    body: bytes
    headers: tuple[tuple[str, str], ...]
    size: int


def size_of(key: Address, response: Response) -> int:
    """How many bytes a reply takes with its address, which may be larger than the body."""
    texts = (*key, response.get_data(), *(text for header in response.headers for text in header))
    return OVERHEAD + sum(map(len, texts))


class ReplyStore:
    """The replies that were used last, up to a number of bytes.

    Only what is asked for twice is worth its room and the stamp: most addresses are asked for once, by a crawler.
    """

    def __init__(self, size: int, note_hit: Callable[[], None] | None = None) -> None:
        """`note_hit` is called for each reply that is sent again."""
        # The stamp that was read last, by whichever thread.
        self.latest: Any = None
        self._note_hit = note_hit
        self._asked: LRUCache[int, bool] = LRUCache(REMEMBERED)
        self._kept: LRUCache[Address, Kept] = LRUCache(size, lambda kept: kept.size)
        self._lock = Lock()

    def is_worth(self, key: Address) -> bool:
        """Whether `key` was asked about before."""
        with self._lock:
            known = hash(key) in self._asked
            self._asked[hash(key)] = True
        return known

    def find(self, key: Address, stamp: Hashable) -> Response | None:
        """A new response like the one that was kept under `key` at this very stamp."""
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or kept.stamp != stamp:
            return None
        if self._note_hit:
            self._note_hit()
        return Response(kept.body, headers=list(kept.headers))

    def keep(self, key: Address, stamp: Hashable, response: Response) -> None:
        """Keep the response, which has status 200, unless it is larger than everything that may be kept."""
        size = size_of(key, response)
        if size > self._kept.maxsize:
            return
        # A copy: what orjson makes holds some kilobytes of memory beyond its end.
        kept = Kept(stamp, bytes(memoryview(response.get_data())), tuple(response.headers), size)
        with self._lock:
            self._kept[key] = kept


def reply_store() -> ReplyStore | None:
    """The replies of this app; None where there is no room for any."""
    store: ReplyStore | None = current_app.extensions["replies"]
    return store


def init_app(app: Flask) -> None:
    """Make room for as much as REPLY_CACHE_MB says."""
    size = app.config["REPLY_CACHE_MB"] * 1024 * 1024
    app.extensions["replies"] = ReplyStore(size, KEPT_REPLIES.inc if are_on(app) else None) if size else None
