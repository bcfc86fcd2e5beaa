"""Replies that are kept to be sent again, in the memory of the process, each with the stamp of what it was made of."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Any, NamedTuple

from cachetools import LRUCache
from flask import Flask, current_app

from blog_api.monitoring.metrics import KEPT_REPLIES, are_on

# What an entry takes beside its texts, at most.
OVERHEAD = 900
# How many addresses are remembered that were asked for, 100 bytes each.
REMEMBERED = 10_000


# Path, query, and the origin where it matters.
Address = tuple[str, str, str]
Headers = Sequence[tuple[str, str]]


class Kept(NamedTuple):
    """A reply of status 200, the stamp that was read before it was made, and how many bytes all of it takes."""

    stamp: Hashable
    route: str
    headers: Headers
    body: bytes
    size: int


def size_of(address: Address, headers: Headers, body: bytes) -> int:
    """How many bytes a reply takes with its address, which may be larger than the body."""
    return OVERHEAD + len(body) + sum(map(len, (*address, *(text for header in headers for text in header))))


class ReplyStore:
    """The replies that were used last, up to a number of bytes.

    Only what is asked for twice is worth its room and the stamp: most addresses are asked for once, by a crawler.
    """

    def __init__(self, size: int, note_hit: Callable[[], None] = lambda: None) -> None:
        """`note_hit` is to be called for each reply that is sent again."""
        self.note_hit = note_hit
        # The stamp that was read last, by whichever thread.
        self.latest: Any = None
        self._asked: LRUCache[int, bool] = LRUCache(REMEMBERED)
        self._kept: LRUCache[Address, Kept] = LRUCache(size, lambda kept: kept.size)
        self._lock = Lock()

    def is_worth(self, address: Address) -> bool:
        """Whether `address` was asked about before."""
        with self._lock:
            known = hash(address) in self._asked
            self._asked[hash(address)] = True
        return known

    def find(self, address: Address) -> Kept | None:
        """What is kept for `address`, unless it is known to be out of date."""
        with self._lock:
            kept = self._kept.get(address)
        return kept if kept and kept.stamp == self.latest else None

    def keep(self, address: Address, stamp: Hashable, route: str, headers: Headers, body: bytes) -> None:
        """Keep a reply of status 200, unless it is larger than everything that may be kept."""
        size = size_of(address, headers, body)
        if size > self._kept.maxsize:
            return
        # A copy: what orjson makes holds some kilobytes of memory beyond its end.
        kept = Kept(stamp, route, tuple(headers), bytes(memoryview(body)), size)
        with self._lock:
            self._kept[address] = kept

    def clear(self) -> None:
        """Forget all of it."""
        with self._lock:
            self.latest = None
            self._asked.clear()
            self._kept.clear()


def reply_store() -> ReplyStore:
    """The replies of this app, where there is room for any."""
    store: ReplyStore = current_app.extensions["replies"]
    return store


def init_app(app: Flask) -> None:
    """Make room for as much as REPLY_CACHE_MB says."""
    size = app.config["REPLY_CACHE_MB"] * 1024 * 1024
    hit = KEPT_REPLIES.inc if are_on(app) else lambda: None
    app.extensions["replies"] = ReplyStore(size, hit) if size else None
