"""The tables of a run."""

from __future__ import annotations

from bench.measure import Results

SIDES = ("blog_api", "floor", "peer", "pgbench")


def table(results: Results) -> str:
    """All figures in Markdown, a line for each case and side."""
    lines = [
        "| case | side | service CPU ms | database CPU ms | requests/s | p50 ms | p99 ms |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for case in results.rounds:
        for side in SIDES:
            if figures := results.median(case, side):
                cells = [
                    _number(figures.service, 3),
                    _number(figures.database, 3),
                    _number(figures.per_second, 0),
                ]
                cells += [_number(figures.p50, 1), _number(figures.p99, 1)]
                lines.append(f"| {case} | {side} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"
