"""Measuring one side on one case: load, and what it cost the processes of the side and of the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench.cases import Case
from bench.databases import Database
from bench.load import Load, drive
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


@dataclass(slots=True)
class Results:
    """What a run has measured, on what: the figures of every round by case and side."""

    database: str
    posts: int
    count: int
    seconds: int
    version: str = ""
    rounds: dict[str, dict[str, list[Figures]]] = field(default_factory=dict)
    # Megabytes of memory a worker, by side, and seconds to import the app.
    memory: dict[str, float] = field(default_factory=dict)
    import_seconds: float | None = None

    @property
    def name(self) -> str:
        """The kind of database and the number of posts: a run replaces the last one of its name."""
        return f"{self.database}-{self.posts}"

    def add(self, case: str, side: str, figures: Figures) -> None:
        self.rounds.setdefault(case, {}).setdefault(side, []).append(figures)

    def median(self, case: str, side: str) -> Figures | None:
        """Each figure's median over the rounds; None where the side has no part in the case."""
        measured = self.rounds.get(case, {}).get(side)
        if not measured:
            return None
        columns: dict[str, Any] = {}
        for column in fields(Figures):
            values = [value for figures in measured if (value := getattr(figures, column.name)) is not None]
            columns[column.name] = median(values) if values else None
        return Figures(**columns)


def measure_case(
    results: Results,
    case: Case,
    running: Sequence[Side],
    database: Database,
    scripts: Sequence[Path],
) -> None:
    """One round of a case on every side that has a part in it. Raises BenchError."""
    loads: dict[str, tuple[int | None, Callable[[int], Load]]] = {}
    for side in running:
        if plan := case.plan_of(side.name):
            loads[side.name] = side.pid, partial(drive, side.url, plan)
    if scripts:
        loads["pgbench"] = None, partial(run_pgbench, database.url, scripts)
    for name, (pid, load) in loads.items():
        if name not in results.rounds.get(case.name, {}):
            _measure(load, WARM_UP, pid, database.pid)
        results.add(case.name, name, _measure(load, results.seconds, pid, database.pid))


def _measure(load: Callable[[int], Load], seconds: int, service: int | None, database: int | None) -> Figures:
    pids = [pid for pid in (service, database) if pid]
    before = {pid: cpu_ms(pid) for pid in pids}
    done = load(seconds)
    # What was begun and not answered when the time was up costs as well, and counts as well.
    wait_for_rest(pids)
    count = done.requests + done.unanswered
    each = {pid: (cpu_ms(pid) - before[pid]) / count for pid in pids}
    own, of_database = each.get(service or 0), each.get(database or 0)
    return Figures(own, of_database, done.per_second, done.p50, done.p99)
