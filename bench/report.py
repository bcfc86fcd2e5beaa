"""The tables of a run: printed, kept in bench/results/, and put into bench/README.md where that is asked for."""

from __future__ import annotations

import json
import os
import platform
import re
from dataclasses import asdict
from pathlib import Path

from bench.bars import bars
from bench.load import BenchError
from bench.measure import Figures, Results

KEPT = Path(__file__).parent / "results"
SIDES = ("blog_api", "floor", "peer", "pgbench")


def keep(results: Results, text: str) -> None:
    """Write the figures and the tables into bench/results/, over those of the last run on as many posts."""
    KEPT.mkdir(exist_ok=True)
    (KEPT / f"{results.name}.json").write_text(json.dumps(asdict(results), indent=1), encoding="utf-8")
    (KEPT / f"{results.name}.md").write_text(text, encoding="utf-8")


def load(path: Path) -> Results | None:
    """The results that a run has kept in `path`; None where there are none."""
    if not path.exists():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    for by_side in kept["rounds"].values():
        for side, measured in by_side.items():
            by_side[side] = [Figures(**figures) for figures in measured]
    return Results(**kept)


def put(document: str, name: str, text: str) -> str:
    """`document` with `text` between the markers of `name`. Raises BenchError where it has no such markers."""
    pattern = re.compile(f"(<!-- {name} -->\\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(document):
        raise BenchError(f"bench/README.md has no place for {name}")
    return pattern.sub(lambda found: found[1] + text + found[2], document)


def describe(results: Results, smaller: Results | None = None) -> str:
    """The machine, the table of figures and that of the bars, in Markdown."""
    parts = [[_machine(results)], _figures(results), _weights(results), _bars(results, smaller)]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _machine(results: Results) -> str:
    models = re.findall(
        r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return (
        f"{results.posts:,} posts, {results.version}, Python {platform.python_version()}, {os.cpu_count()} cores "
        f"({models[0] if models else platform.machine()}), {memory} GB. Median of {results.count} rounds of "
        f"{results.seconds} s each."
    )


def _figures(results: Results) -> list[str]:
    lines = [
        "| case | side | service CPU ms | database CPU ms | requests/s | p50 ms | p99 ms |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {case} | {side} | {' | '.join(_cells(figures))} |"
        for case in results.rounds
        for side in SIDES
        if (figures := results.median(case, side))
    ]
    return lines


def _cells(figures: Figures) -> list[str]:
    columns = [
        (figures.service, 3),
        (figures.database, 3),
        (figures.per_second, 0),
        (figures.p50, 1),
        (figures.p99, 1),
    ]
    return ["" if value is None else f"{value:,.{digits}f}" for value, digits in columns]


def _weights(results: Results) -> list[str]:
    if not results.memory:
        return []
    memory = " and ".join(f"{megabytes:.0f} MB ({side})" for side, megabytes in results.memory.items())
    return [f"Memory of a worker: {memory}. Import of the app: {results.import_seconds:.2f} s."]


def _bars(results: Results, smaller: Results | None) -> list[str]:
    lines = ["| case | measured | at most | met |", "|---|---|---|---|"]
    for bar in bars(results, smaller):
        found = f"{bar.value:.2f}{bar.unit} {bar.what}"
        lines.append(
            f"| {bar.case} | {found} | {bar.most:g}{bar.unit} | {'yes' if bar.is_met else '**no**'} |"
        )
    return lines
