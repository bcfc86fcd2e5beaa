"""A thread that cuts connections which are still in use at the deadline: whoever waits on one gets an error.

No timeout of the server helps where the server is frozen, or the network swallows what is sent.

Each use of a connection is a `Watch` in a dict. To take it out is atomic, and whoever gets it has the socket: the
thread of the request when it is done, or the watchdog when that is late. So there is no lock, and no socket is cut
that was given back in the last moment.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

# How late the watchdog may be.
TICK = 0.1


class Wire:
    """A handle of its own of the socket below a connection of the driver.

    The number of the driver's handle could belong to another connection by the time when it is used; this one stays.
    """

    __slots__ = ("_connection", "_handle")

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._handle = os.dup(connection.fileno())

    @property
    def is_open(self) -> bool:
        """Whether the driver has not noticed the end of the connection yet."""
        return not self._connection.closed

    def cut(self) -> None:
        """End the connection under the hands of the driver, and close the handle."""
        with contextlib.suppress(OSError), socket.socket(fileno=self._take()) as own:
            own.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the handle alone."""
        if self._handle >= 0:
            os.close(self._take())

    __del__ = close

    def _take(self) -> int:
        handle, self._handle = self._handle, -1
        return handle


class Watch:
    """A use of a connection: until when (as `time.monotonic` counts), and whom to tell where it takes longer."""

    __slots__ = ("ends", "on_late", "wire")

    def __init__(self, wire: Wire, ends: float, on_late: Callable[[], object]) -> None:
        self.wire, self.ends, self.on_late = wire, ends, on_late


class Watchdog:
    """Watches over the connections of this process. Its thread starts with the first one."""

    def __init__(self) -> None:
        self._watched: dict[Watch, bool] = {}
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def watch(self, wire: Wire, ends: float, on_late: Callable[[], object]) -> Watch:
        """Cut the wire at `ends`, unless the watch is released before."""
        watch = Watch(wire, ends, on_late)
        self._watched[watch] = True
        if self._thread is None:
            self._start()
        return watch

    def release(self, watch: Watch) -> bool:
        """The use is over. False where it was too long: the wire is cut, or will be in a moment."""
        return self._watched.pop(watch, False)

    def forget(self) -> None:
        """Start anew, in a process that was forked: the connections of the other one are not ours to cut."""
        self.__init__()  # type: ignore[misc]

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            time.sleep(TICK)
            now = time.monotonic()
            # The copy is atomic too.
            for watch in self._watched.copy():
                if watch.ends <= now and self.release(watch):
                    _cut(watch)


def _cut(watch: Watch) -> None:
    # Told first: whoever the cut sets free must find it known.
    try:
        if watch.wire.is_open:
            log.warning("a connection was cut at the deadline of its request")
            watch.on_late()
    except Exception:
        log.exception("the watchdog could not tell of a deadline")
    finally:
        watch.wire.cut()


watchdog = Watchdog()
os.register_at_fork(after_in_child=watchdog.forget)
