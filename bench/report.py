"""Format the results of a run, save them in bench/results/, and insert them into bench/README.md."""

from __future__ import annotations

import json
import os
import platform
import re
from dataclasses import asdict
from pathlib import Path

from bench.comparison import COSTS, Comparison, compare
from bench.limits import AT_MOST, limits
from bench.load import BenchError
from bench.measure import Figures, Results

RESULTS = Path(__file__).parent / "results"
SIDES = ("before", "blog_api", "floor", "peer", "pgbench")
# The columns of the table of figures, and their numbers of decimals.
COLUMNS = {"service": 3, "database": 3, "total": 3, "per_second": 0, "p50": 1, "p99": 1}


def save(results: Results, text: str) -> None:
    """Write the figures and tables to bench/results/, and overwrite those of the last run of the same name."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{results.name}.json").write_text(json.dumps(asdict(results), indent=1), encoding="utf-8")
    (RESULTS / f"{results.name}.md").write_text(text, encoding="utf-8")


def load(path: Path) -> Results | None:
    """Return the results saved in `path`, or None if there are none."""
    if not path.exists():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    for by_side in kept["rounds"].values():
        for side, measured in by_side.items():
            by_side[side] = [Figures(**figures) for figures in measured]
    return Results(**kept)


def replace_section(document: str, name: str, text: str) -> str:
    """Return `document` with `text` between the markers of `name`. Raises BenchError if there are no such markers."""
    pattern = re.compile(f"(<!-- {name} -->\\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(document):
        raise BenchError(f"bench/README.md has no markers for {name}")
    return pattern.sub(lambda found: found[1] + text + found[2], document)


def describe(results: Results, smaller: Results | None = None, at_most: float = AT_MOST) -> str:
    """Return a report in Markdown: the machine, the figures, the comparison with before, and the limits."""
    parts = [
        [_machine(results)],
        _figures(results),
        _comparisons(results),
        _footprint(results),
        _limits(results, smaller, at_most),
    ]
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
        "| case | side | service CPU ms | database CPU ms | service + database CPU ms | requests/s | p50 ms | p99 ms |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {case} | {side} | {' | '.join(_cells(results, case, side))} |"
        for case, sides in results.rounds.items()
        for side in SIDES
        if side in sides
    ]
    return lines


def _cells(results: Results, case: str, side: str) -> list[str]:
    values = ((results.median(case, side, column), digits) for column, digits in COLUMNS.items())
    return ["" if value is None else f"{value:,.{digits}f}" for value, digits in values]


def _comparisons(results: Results) -> list[str]:
    found = list(compare(results))
    if not found:
        return []
    return [
        f"Before is commit {results.before}.",
        "",
        "| case | CPU | before ms | after ms | ratio | median of the rounds' ratios | lowest | highest |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
        *map(_compared, found),
    ]


def _compared(found: Comparison) -> str:
    ratios = (found.ratio, found.paired_ratio, min(found.ratios), max(found.ratios))
    cells = [f"{found.before:.3f}", f"{found.after:.3f}", *(f"{ratio:.2f}" for ratio in ratios)]
    return f"| {found.case} | {COSTS[found.cost]} | {' | '.join(cells)} |"


def _footprint(results: Results) -> list[str]:
    if not results.memory:
        return []
    memory = ", ".join(f"{megabytes:.1f} MB ({side})" for side, megabytes in results.memory.items())
    imports = ", ".join(f"{seconds:.2f} s ({side})" for side, seconds in results.import_seconds.items())
    return [f"Memory of a worker: {memory}. CPU to import the app: {imports}."]


def _limits(results: Results, smaller: Results | None, at_most: float) -> list[str]:
    lines = ["| case | measured | at most | met |", "|---|---|---|---|"]
    for limit in limits(results, smaller, at_most):
        found = f"{limit.value:.2f}{limit.unit} {limit.label}"
        lines.append(
            f"| {limit.case} | {found} | {limit.maximum:g}{limit.unit} | {'yes' if limit.is_met else '**no**'} |"
        )
    return lines
