"""Threads that outlive the test that started them, and with it their app."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection

# How long a thread may take to end once its app is gone: a probe that connects may need two seconds.
SECONDS = 10
# One for the whole process, whatever apps there are: of the service, and of the progress bar of imports.
PROCESS_WIDE = {"watchdog", "tqdm_monitor"}


def leaked_threads(before: Collection[threading.Thread], seconds: float = SECONDS) -> list[str]:
    """Return the names of the threads that were not there before and do not end in time."""
    new = [one for one in threading.enumerate() if one not in before and one.name not in PROCESS_WIDE]
    deadline = time.monotonic() + seconds
    for thread in new:
        thread.join(max(0.0, deadline - time.monotonic()))
    return sorted(thread.name for thread in new if thread.is_alive())
