"""Wait for other threads and processes, and limit the CPU time of tests."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

# Much longer than needed, even on a busy machine.
SECONDS = 60


def wait_until(holds: Callable[[], object]) -> None:
    """Wait until the condition holds. Fail after a minute."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, "the condition did not become true"
        time.sleep(0.02)


@contextmanager
def cpu_limit(seconds: float = SECONDS) -> Iterator[None]:
    """Fail if the block uses more than a minute of CPU time.

    This is for code that could take hours. It works only in the main thread, and is independent of other load.
    """

    def give_up(_signal: int, _frame: object) -> NoReturn:
        raise AssertionError(f"used more than {seconds} seconds of CPU time")

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
