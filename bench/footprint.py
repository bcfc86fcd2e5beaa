"""What the service weighs: seconds to import it, memory of a worker that has worked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from statistics import median

from bench.cases import Case
from bench.load import BenchError, drive
from bench.processes import family, pss_mb
from bench.sides import SETTINGS_USED, Side
from config import PROJECT

REQUESTS = 20_000  # of two workers
IMPORTS = 5
TIMED_IMPORT = "import time; start = time.perf_counter(); import wsgi; print(time.perf_counter() - start)"


def time_import(database_url: str) -> float:
    """Seconds that `import wsgi` takes in a new process, the app ready at its end: the median of five."""
    environment = {**os.environ, **SETTINGS_USED, "DATABASE_URL": database_url}
    command = [sys.executable, "-c", TIMED_IMPORT]
    taken = []
    for _ in range(IMPORTS):
        done = subprocess.run(
            command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise BenchError(f"the app cannot be imported: {done.stderr}")
        taken.append(float(done.stdout))
    return median(taken)


def weigh(side: Side, cases: Sequence[Case], requests: int = REQUESTS) -> float:
    """Megabytes of the heaviest worker of a new `side` after so many requests.

    Of all cases but the login, and those with a validator, which the writes before have made stale.
    """
    plans = [plan for case in cases if case.name != "login" and (plan := case.plan_of(side.name))]
    plans = [plan for plan in plans if plan.expected != 304]
    answered = 0
    while answered < requests:
        answered += sum(drive(side.url, plan, 1).begun for plan in plans)
    return max(pss_mb(pid) for pid in family(side.pid) if pid != side.pid)
