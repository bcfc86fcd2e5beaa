"""Measure the import time of the service and the memory of a worker under load."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from statistics import median

from bench.cases import Case
from bench.load import BenchError, drive
from bench.processes import process_tree, pss_mb
from bench.sides import BENCH_SETTINGS, Code, Side

REQUESTS = 20_000  # for two workers
IMPORTS = 9
TIMED_IMPORT = "import time; start = time.process_time(); import wsgi; print(time.process_time() - start)"


def time_imports(database_url: str, codes: Sequence[Code]) -> dict[str, float]:
    """Return the CPU seconds of `import wsgi` in a new process by side: the median of nine, taken in turns."""
    for code in codes:
        # The first import compiles the modules.
        _time_import(database_url, code)
    taken: dict[str, list[float]] = {code.side: [] for code in codes}
    for _ in range(IMPORTS):
        for code in codes:
            taken[code.side].append(_time_import(database_url, code))
    return {side: median(seconds) for side, seconds in taken.items()}


def _time_import(database_url: str, code: Code) -> float:
    # Import nothing from another folder, and keep compiled modules.
    python = {"PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        [sys.executable, "-c", TIMED_IMPORT],
        cwd=code.folder,
        env={**os.environ, **BENCH_SETTINGS, **python, "DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"cannot import the app of {code.side}: {done.stderr}")
    return float(done.stdout)


def worker_memory(side: Side, cases: Sequence[Case], requests: int = REQUESTS) -> float:
    """Return the megabytes of the largest worker of a new `side` after so many requests.

    Send the requests of all cases except the login, and those with a validator, which earlier writes made stale.
    """
    plans = [plan for case in cases if case.name != "login" and (plan := case.plan_of(side.name))]
    plans = [plan for plan in plans if plan.expected != 304]
    answered = 0
    while answered < requests:
        answered += sum(drive(side.url, plan, 1).begun for plan in plans)
    return max(pss_mb(pid) for pid in process_tree(side.pid) if pid != side.pid)
