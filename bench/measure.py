"""Measuring one side on one case: load, and what it cost the processes of the side and of the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import mean, median

from bench.cases import Case
from bench.databases import Database
from bench.load import Load, Plan, drive
from bench.processes import cpu_ms, wait_for_rest
from bench.sides import Side
from bench.statements import run_pgbench

WARM_UP = 1


@dataclass(frozen=True, slots=True)
class Figures:
    """What one request costs and takes, in milliseconds, and how many there were a second."""

    service: float | None
    database: float | None
    per_second: float
    p50: float | None
    p99: float | None

    @property
    def total(self) -> float | None:
        """CPU of the service and of the database. SQLite works inside the service."""
        return None if self.service is None else self.service + (self.database or 0)


@dataclass(slots=True)
class Results:
    """What a run has measured, on what: the figures of every round by case and side."""

    database: str
    posts: int
    count: int
    seconds: int
    version: str = ""
    rounds: dict[str, dict[str, list[Figures]]] = field(default_factory=dict)
    # By side: megabytes of memory of a worker, and seconds of CPU to import the app.
    memory: dict[str, float] = field(default_factory=dict)
    import_seconds: dict[str, float] = field(default_factory=dict)
    # The earlier commit that was measured too.
    before: str = ""

    @property
    def name(self) -> str:
        """The kind of database and the number of posts: a run replaces the last one of its name."""
        return f"{self.database}-{self.posts}"

    def add(self, case: str, side: str, figures: Figures) -> None:
        self.rounds.setdefault(case, {}).setdefault(side, []).append(figures)

    def median(self, case: str, side: str, column: str) -> float | None:
        """The median of one of the Figures over the rounds; None where it was not measured."""
        measured = self.rounds.get(case, {}).get(side, [])
        values = [value for figures in measured if (value := getattr(figures, column)) is not None]
        return median(values) if values else None


def measure_case(
    results: Results,
    case: Case,
    running: Sequence[Side],
    database: Database,
    scripts: Sequence[Path],
) -> None:
    """One round of a case on every side that has a part in it. Raises BenchError."""
    loads: dict[str, tuple[list[int], Callable[[int], Load]]] = {}
    databases = [database.pid] if database.pid else []
    for side in running:
        if plan := case.plan_of(side.name):
            loads[side.name] = (
                [side.pid, *databases],
                partial(_drive_in_bursts, side.url, plan, [side.pid, *databases]),
            )
    if scripts:
        loads["pgbench"] = databases, partial(run_pgbench, database.url, scripts)
    for name, (pids, load) in loads.items():
        if name not in results.rounds.get(case.name, {}):
            load(WARM_UP)
        results.add(case.name, name, _measure(load, results.seconds, pids, database.pid))


def _measure(load: Callable[[int], Load], seconds: int, pids: Sequence[int], database: int | None) -> Figures:
    before = {pid: cpu_ms(pid) for pid in pids}
    done = load(seconds)
    each = {pid: (cpu_ms(pid) - before[pid]) / done.begun for pid in pids}
    service = [cost for pid, cost in each.items() if pid != database]
    return Figures(
        sum(service) if service else None, each.get(database or 0), done.per_second, done.p50, done.p99
    )


def _drive_in_bursts(url: str, plan: Plan, pids: Sequence[int], seconds: int) -> Load:
    """Load in bursts of a second, each over new connections.

    Which worker takes a connection is chance, and a worker that has most of them needs twice the CPU for a short
    request: its threads fight for the interpreter. Bursts make a mean of that.
    """
    bursts = []
    for _ in range(seconds):
        bursts.append(drive(url, plan, 1))
        # What was begun and not answered when the time was up costs as well.
        wait_for_rest(pids)
    return Load(
        begun=sum(burst.begun for burst in bursts),
        per_second=mean(burst.per_second for burst in bursts),
        p50=median(burst.p50 for burst in bursts if burst.p50 is not None),
        p99=median(burst.p99 for burst in bursts if burst.p99 is not None),
    )
