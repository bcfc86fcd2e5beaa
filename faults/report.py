"""Format the table of a run."""

from __future__ import annotations

from collections.abc import Sequence

from faults.limits import Result

HEADINGS = (
    "case", "sent", "2xx", "503", "other", "no connection", "no response", "acknowledged", "lost",
    "refused but applied", "outcome unknown", "retried", "longest s", "recovery s",
    "other figures", "limits exceeded",
)  # fmt: skip


def heading() -> str:
    """Return the table header in Markdown."""
    return "\n".join([_line(HEADINGS), "|---" + "|--:" * 13 + "|---" * 2 + "|"])


def row(result: Result) -> str:
    """Return the table row of a case."""
    case = f"`{result.case.name}`: {result.case.title}"
    if result.skipped:
        return _line([case, *[""] * 13, f"skipped: {result.skipped}", ""])
    counts = [
        result.sent, result.good, result.unavailable, result.other, result.unconnected, result.unanswered,
        result.acknowledged, result.lost, result.refused_yet_applied, result.unknown,
        result.retried,
    ]  # fmt: skip
    times = [f"{result.longest:.2f}", f"{result.recovery:.2f}"]
    exceeded = "; ".join(f"**{limit}**" for limit in result.exceeded) or "none"
    return _line(
        [case, *(f"{count:,}" for count in counts), *times, "; ".join(map(str, result.own)), exceeded]
    )


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
