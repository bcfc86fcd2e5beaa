"""Measuring one side on one case: load, and what it cost the processes of the side and of the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from statistics import median
from typing import Any

from bench.cases import Case
from bench.databases import Database
from bench.load import BenchError, Load, drive
from bench.processes import cpu_ms
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
    first = case.name not in results.rounds
    for side in running:
        plan = case.plan_of(side.name)
        if plan is None:
            continue
        if first:
            drive(side.url, plan, WARM_UP)
        figures = _measure(lambda: drive(side.url, plan, results.seconds), side.pid, database.pid)  # noqa: B023
        results.add(case.name, side.name, figures)
    if scripts and database.pid is not None:
        if first:
            run_pgbench(database.url, scripts, WARM_UP)
        figures = _measure(lambda: run_pgbench(database.url, scripts, results.seconds), None, database.pid)
        results.add(case.name, "pgbench", figures)


def _measure(load: Callable[[], Load], service: int | None, database: int | None) -> Figures:
    before = [cpu_ms(pid) if pid else 0 for pid in (service, database)]
    done = load()
    if not done.requests:
        raise BenchError("no request was answered in time")
    spent = [
        cpu_ms(pid) - start if pid else None for pid, start in zip((service, database), before, strict=True)
    ]
    each = [None if cost is None else cost / done.requests for cost in spent]
    return Figures(each[0], each[1], done.per_second, done.p50, done.p99)
