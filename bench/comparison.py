"""Compare the costs of the cases before and after, in the same rounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from bench.measure import Figures, Results

COSTS = {"service": "service", "database": "database", "total": "service + database"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A cost of a case: medians in milliseconds, and the ratio after / before of each round."""

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
        """The median of the ratios of the rounds, which compare measurements taken within seconds."""
        return median(self.ratios)


def compare(results: Results) -> Iterator[Comparison]:
    """Yield comparisons for all cases measured on both commits."""
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
