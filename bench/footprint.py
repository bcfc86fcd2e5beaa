"""What the service weighs: CPU to import it, memory of a worker that has worked."""

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

REQUESTS = 20_000  # of two workers
IMPORTS = 9
TIMED_IMPORT = "import time; start = time.process_time(); import wsgi; print(time.process_time() - start)"


def time_imports(database_url: str, codes: Sequence[Code]) -> dict[str, float]:
    """Return the seconds of CPU that `import wsgi` takes in a new process, by side: the median of nine, in turn."""
    for code in codes:
        # The first one compiles.
        _time_import(database_url, code)
    taken: dict[str, list[float]] = {code.side: [] for code in codes}
    for _ in range(IMPORTS):
        for code in codes:
            taken[code.side].append(_time_import(database_url, code))
    return {side: median(seconds) for side, seconds in taken.items()}


def _time_import(database_url: str, code: Code) -> float:
    # Nothing from another folder, and what is compiled is kept.
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
        raise BenchError(f"the app of {code.side} cannot be imported: {done.stderr}")
    return float(done.stdout)


def worker_memory(side: Side, cases: Sequence[Case], requests: int = REQUESTS) -> float:
    """Megabytes of the heaviest worker of a new `side` after so many requests.

    Of all cases but the login, and those with a validator, which the writes before have made stale.
    """
    plans = [plan for case in cases if case.name != "login" and (plan := case.plan_of(side.name))]
    plans = [plan for plan in plans if plan.expected != 304]
    answered = 0
    while answered < requests:
        answered += sum(drive(side.url, plan, 1).begun for plan in plans)
    return max(pss_mb(pid) for pid in process_tree(side.pid) if pid != side.pid)
