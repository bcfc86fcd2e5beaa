"""Before and after: what each case costs an earlier commit and the present code in the same rounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from bench.measure import Figures, Results

COSTS = {"service": "service", "database": "database", "total": "service + database"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One cost of one case: medians in milliseconds, and after / before of each round."""

    case: str
    cost: str
    before: float
    after: float
    ratios: Sequence[float]

    @property
    def ratio(self) -> float:
        """The ratio of the medians."""
        return self.after / self.before

    @property
    def paired_ratio(self) -> float:
        """The median of the rounds' ratios: each compares what was measured within seconds."""
        return median(self.ratios)


def compare(results: Results) -> Iterator[Comparison]:
    """Compare the costs of all cases that both commits were measured on."""
    for case, sides in results.rounds.items():
        rounds = list(zip(sides.get("before", []), sides.get("blog_api", []), strict=False))
        for cost in COSTS:
            ratios = [ratio for pair in rounds if (ratio := _ratio(*pair, cost)) is not None]
            before, after = (results.median(case, side, cost) for side in ("before", "blog_api"))
            if before and after is not None and ratios:
                yield Comparison(case, cost, before, after, ratios)


def _ratio(before: Figures, after: Figures, cost: str) -> float | None:
    old, new = getattr(before, cost), getattr(after, cost)
    return new / old if old and new is not None else None
