"""The tables of a run: printed, kept in bench/results/, and put into bench/README.md where that is asked for."""

from __future__ import annotations

import json
import os
import platform
import re
from dataclasses import asdict
from pathlib import Path

from bench.bars import bars
from bench.measure import Figures, Results

FOLDER = Path(__file__).parent
SIDES = ("blog_api", "floor", "peer", "pgbench")
FULL = 100_000


def publish(results: Results, *, write: bool) -> None:
    """Print the tables of the run and keep them; with `write`, replace the last ones in the README."""
    name = f"{results.database}-{results.posts}"
    folder = FOLDER / "results"
    folder.mkdir(exist_ok=True)
    text = describe(
        results, _load(folder / f"{results.database}-{FULL}.json") if results.posts > FULL else None
    )
    (folder / f"{name}.json").write_text(json.dumps(asdict(results), indent=1), encoding="utf-8")
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    print(text)
    if write:
        path = FOLDER / "README.md"
        path.write_text(put(path.read_text(encoding="utf-8"), name, text), encoding="utf-8")


def put(document: str, name: str, text: str) -> str:
    """`document` with `text` between the markers of `name`. Raises ValueError where it has no such markers."""
    pattern = re.compile(f"(<!-- {name} -->\\n).*?(<!-- end -->)", re.DOTALL)
    if not pattern.search(document):
        raise ValueError(f"the document has no place for {name}")
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
    if not results.import_seconds:
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


def _load(path: Path) -> Results | None:
    if not path.exists():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    for by_side in kept["rounds"].values():
        for side, measured in by_side.items():
            by_side[side] = [Figures(**figures) for figures in measured]
    return Results(**kept)
