"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable

# Much longer than anything takes on a busy machine.
SECONDS = 60


def wait_until(holds: Callable[[], object]) -> None:
    """Return as soon as the condition holds. Fails where it does not within a minute."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
