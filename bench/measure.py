"""Measure a case on each side: load, and the CPU time of the service and the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import mean, median

from bench.cases import Case
from bench.databases import Database
from bench.load import Load, drive
from bench.processes import cpu_ms, wait_until_idle
from bench.sides import Side
from bench.statements import run_pgbench

WARM_UP = 1


@dataclass(frozen=True, slots=True)
class Figures:
    """CPU time and latencies per request in milliseconds, and requests per second."""

    service: float | None
    database: float | None
    per_second: float
    p50: float | None
    p99: float | None

    @property
    def total(self) -> float | None:
        """CPU time of the service and the database. SQLite runs inside the service."""
        return None if self.service is None else self.service + (self.database or 0)


@dataclass(slots=True)
class Results:
    """The results of a run: the figures of every round by case and side."""

    database: str
    posts: int
    count: int
    seconds: int
    version: str = ""
    rounds: dict[str, dict[str, list[Figures]]] = field(default_factory=dict)
    # By side: memory of a worker in megabytes, and CPU seconds to import the app.
    memory: dict[str, float] = field(default_factory=dict)
    import_seconds: dict[str, float] = field(default_factory=dict)
    # The earlier commit measured in the same run.
    before: str = ""

    @property
    def name(self) -> str:
        """The kind of database and the number of posts. A run overwrites the results of the same name."""
        return f"{self.database}-{self.posts}"

    def add(self, case: str, side: str, figures: Figures) -> None:
        self.rounds.setdefault(case, {}).setdefault(side, []).append(figures)

    def median(self, case: str, side: str, column: str) -> float | None:
        """Return the median of a figure over the rounds, or None if it was not measured."""
        measured = self.rounds.get(case, {}).get(side, [])
        return _median([getattr(figures, column) for figures in measured])


@dataclass(slots=True)
class _Tally:
    """Accumulated bursts of load on one side, and their CPU time by root process."""

    load: Callable[[int], Load]
    pids: Sequence[int]
    bursts: list[Load] = field(default_factory=list)
    cpu: Counter[int] = field(default_factory=Counter)

    def add_burst(self, seconds: int = 1) -> None:
        before = {pid: cpu_ms(pid) for pid in self.pids}
        self.bursts.append(self.load(seconds))
        # Requests in flight at the end of the burst cost CPU time, too.
        wait_until_idle(self.pids)
        self.cpu.update({pid: cpu_ms(pid) - before[pid] for pid in self.pids})

    def figures(self, database: int | None) -> Figures:
        begun = sum(burst.begun for burst in self.bursts)
        each = {pid: cost / begun for pid, cost in self.cpu.items()}
        service = [cost for pid, cost in each.items() if pid != database]
        return Figures(
            sum(service) if service else None,
            each.get(database or 0),
            mean(burst.per_second for burst in self.bursts),
            *(_median([getattr(burst, name) for burst in self.bursts]) for name in ("p50", "p99")),
        )


def measure_case(
    results: Results,
    case: Case,
    running: Sequence[Side],
    database: Database,
    scripts: Sequence[Path],
) -> None:
    """Measure one round of a case on every side that takes part. Raises BenchError.

    The sides alternate in bursts of a second, forward and backward, so that other load on the machine affects all
    equally. Each burst opens new connections: they are distributed to the workers at random, and a worker with most of
    them needs twice the CPU for a short request, since its threads compete for the GIL.
    """
    databases = [database.pid] if database.pid else []
    tallies = {
        side.name: _Tally(partial(drive, side.url, plan), [side.pid, *databases])
        for side in running
        if (plan := case.plan_of(side.name))
    }
    known = results.rounds.get(case.name, {})
    for name, tally in tallies.items():
        if name not in known:
            tally.load(WARM_UP)
    for burst in range(results.seconds):
        for tally in [*tallies.values()][:: -1 if burst % 2 else 1]:
            tally.add_burst()
    if scripts:
        tallies["pgbench"] = _Tally(partial(run_pgbench, database.url, scripts), databases)
        # In one burst, since starting pgbench costs the database more than a short burst.
        tallies["pgbench"].add_burst(results.seconds)
    for name, tally in tallies.items():
        results.add(case.name, name, tally.figures(database.pid))


def _median(values: Sequence[float | None]) -> float | None:
    measured = [value for value in values if value is not None]
    return median(measured) if measured else None
