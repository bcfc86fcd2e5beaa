"""Detect leaked threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection

# Seconds for threads to end after the test: a connecting probe can take two seconds.
SECONDS = 10
# Threads that belong to the process and not to an app: of the service, of the progress bar of imports, and the one that
# encodes pictures.
PROCESS_WIDE = {"watchdog", "tqdm_monitor", "pictures_0"}


def leaked_threads(before: Collection[threading.Thread], seconds: float = SECONDS) -> list[str]:
    """Return the names of new threads that do not end in time."""
    new = [one for one in threading.enumerate() if one not in before and one.name not in PROCESS_WIDE]
    deadline = time.monotonic() + seconds
    for thread in new:
        thread.join(max(0.0, deadline - time.monotonic()))
    return sorted(thread.name for thread in new if thread.is_alive())
