"""Waiting for what another thread or process does, and not for ever for what the test itself does."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

# Much longer than anything takes on a busy machine.
SECONDS = 60


def wait_until(holds: Callable[[], object]) -> None:
    """Return as soon as the condition holds. Fails where it does not within a minute."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@contextmanager
def cpu_limit(seconds: float = SECONDS) -> Iterator[None]:
    """Fails where the block works for more than a minute of the processor's time, of which it needs a small part.

    It is for what may take hours. Only for the main thread; a busy machine does not count.
    """

    def give_up(_signal: int, _frame: object) -> NoReturn:
        raise AssertionError(f"worked for more than {seconds} seconds")

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
