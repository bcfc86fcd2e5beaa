"""Lanes of threads, so that requests that wait for one another do not stop the others.

Writes wait for locks, searches compute, large bodies arrive and leave slowly, and pictures take long to decode. Each
kind has its own threads, and a request that finds them all busy queues without a thread. Reads and health checks go on.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal

from blog_api.api.deadlines import record_wait

# Threads that close connections.
CLOSERS = 4

Lane = Literal["health", "search", "picture", "stream", "read", "write", "upload"]
# The start of a request, as far as the lane depends on it. `%71` is another spelling of `q`.
_LIVE = re.compile(rb"(GET|HEAD) [^ ?]*/health/live[ ?]")
_SEARCH = re.compile(rb"(GET|HEAD) [^ ]*[?&](q|%71)=")
_READ = re.compile(rb"(GET|HEAD|OPTIONS) ")
# Clients can be slow to receive a picture, and the store slow to send it.
_PICTURE = re.compile(rb"(GET|HEAD) [^ ?]*/media/[0-9a-f]{32}/")
# Responses of any length, which are read from the database while clients, perhaps slow ones, receive them.
_STREAM = re.compile(
    rb"(GET|HEAD) [^ ?]*(/sitemap\.xml[ ?]|/sitemaps/|/users/me/data[ ?]|/redirects\?[^ ]*format=)"
)
# Decoding a picture can take a second, even if the file is small.
_UPLOAD = re.compile(rb"POST [^ ?]*/media[ ?]")


def lane_of(head: bytes | bytearray) -> Lane:
    """Return the lane of a request that starts with `head` and has arrived."""
    # RFC 9112, section 2.2: an empty line can precede the request line.
    line = head.lstrip(b"\r\n").partition(b"\r\n")[0]
    if not _READ.match(line):
        return "upload" if _UPLOAD.match(line) else "write"
    if _LIVE.match(line):
        return "health"
    if _PICTURE.match(line):
        return "picture"
    if _STREAM.match(line):
        return "stream"
    return "search" if _SEARCH.match(line) else "read"


class TimedThreadPool(ThreadPoolExecutor):
    """A thread pool that records how long each request has waited for a thread."""

    def __init__(self, threads: int, name: str) -> None:
        super().__init__(threads, name)
        self._name = name

    def submit(self, handle: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Run the function in a thread, after recording its wait there."""
        queued = time.monotonic()

        def run() -> Any:
            record_wait(time.monotonic() - queued, self._name)
            return handle(*args, **options)

        return super().submit(run)


class LanePool(ThreadPoolExecutor):
    """A thread pool for each lane. In itself it has no threads."""

    def __init__(self, threads: int, connections: int) -> None:
        """Create the pools. `threads` is the number for reads, `connections` the most that the database pool opens.

        Requests that wait in the other lanes leave a quarter of the connections to reads.
        """
        super().__init__(1)
        self.sizes: dict[Lane, int] = {
            "health": 1,
            "search": max(1, min(threads // 2, connections // 4)),
            "picture": threads,
            "stream": max(1, min(threads // 2, connections // 6)),
            "read": threads,
            "write": max(1, min(threads, connections // 3)),
            "upload": max(1, min(threads, connections // 6)),
        }
        self._pools = {lane: TimedThreadPool(size, lane) for lane, size in self.sizes.items()}
        self._closers = ThreadPoolExecutor(CLOSERS, "close")

    def submit(self, handle: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Run `handle` in the lane of the connection that is its first argument."""
        return self._pools[args[0].lane].submit(handle, *args, **options)

    def run_to_close(self, close: Callable[[], object]) -> None:
        """Close a connection in a thread for that: gunicorn waits up to two seconds for the client to close it, too."""
        self._closers.submit(close)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Shut down all lanes."""
        for pool in (*self._pools.values(), self._closers):
            pool.shutdown(wait, cancel_futures=cancel_futures)
