"""Work in threads of its own, for whoever cannot wait for its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


def start(name: str, job: Callable[[], T]) -> Future[T]:
    """Run the job in a thread of that name, for which no process waits when it ends; gives what will come of it."""
    coming: Future[T] = Future()
    threading.Thread(target=_fulfil, args=[coming, job], name=name, daemon=True).start()
    return coming


class SingleFlight(Generic[T]):
    """A question that is asked once at a time: whoever comes meanwhile gets the same answer."""

    def __init__(self, name: str, ask: Callable[[], T]) -> None:
        """`name` is that of the thread which asks."""
        self._name, self._ask = name, ask
        self._lock = threading.Lock()
        self._coming: Future[T] | None = None

    def answer(self, seconds: float) -> T:
        """The answer, if it comes within so many seconds. Raises TimeoutError, and what `ask` raises."""
        with self._lock:
            if self._coming is None or self._coming.done():
                self._coming = start(self._name, self._ask)
            coming = self._coming
        return coming.result(seconds)


def _fulfil(coming: Future[T], job: Callable[[], T]) -> None:
    try:
        coming.set_result(job())
    except BaseException as error:  # noqa: BLE001 - whoever waits is told, and raises it
        coming.set_exception(error)
