"""Replies that are kept to be sent again, in the memory of the process, each with the stamp of what it was made of."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import NamedTuple

from cachetools import LRUCache
from flask import Flask, Response, current_app

# What an entry takes beside its body, roughly.
OVERHEAD = 1000
# How many addresses are remembered that were asked for, 100 bytes each.
REMEMBERED = 10_000


class Kept(NamedTuple):
    """A reply of status 200, and the stamp that was read before it was made."""

    stamp: Hashable
    body: bytes
    headers: tuple[tuple[str, str], ...]


class ReplyStore:
    """The replies that were used last, up to a number of bytes.

    Only what is asked for twice is worth its room and the stamp: most addresses are asked for once, by a crawler.
    """

    def __init__(self, size: int) -> None:
        self._asked: LRUCache[int, bool] = LRUCache(REMEMBERED)
        self._kept: LRUCache[Hashable, Kept] = LRUCache(size, lambda kept: len(kept.body) + OVERHEAD)
        self._lock = Lock()

    def is_worth(self, key: Hashable) -> bool:
        """Whether `key` was asked about before."""
        with self._lock:
            known = hash(key) in self._asked
            self._asked[hash(key)] = True
        return known

    def find(self, key: Hashable, stamp: Hashable) -> Response | None:
        """A new response like the one that was kept under `key` at this very stamp."""
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or kept.stamp != stamp:
            return None
        return Response(kept.body, headers=list(kept.headers))

    def keep(self, key: Hashable, stamp: Hashable, response: Response) -> None:
        """Keep the response, which has status 200, unless it is larger than everything that may be kept."""
        kept = Kept(stamp, response.get_data(), tuple(response.headers))
        if len(kept.body) + OVERHEAD <= self._kept.maxsize:
            with self._lock:
                self._kept[key] = kept


def reply_store() -> ReplyStore | None:
    """The replies of this app; None where there is no room for any."""
    store: ReplyStore | None = current_app.extensions["replies"]
    return store


def init_app(app: Flask) -> None:
    """Make room for as much as REPLY_CACHE_MB says."""
    size = app.config["REPLY_CACHE_MB"] * 1024 * 1024
    app.extensions["replies"] = ReplyStore(size) if size else None
