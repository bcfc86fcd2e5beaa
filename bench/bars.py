"""What the benchmark must show: the bars, each a ratio within the run, or a size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.measure import Results

OTHERS = {"peer": "of the peer", "floor": "of the bare view"}
# The CPU of the service on each case, as a part of that of another side on the same case.
MOST = (
    ("newest", "peer", 0.20),
    ("author", "peer", 0.20),
    ("newest", "floor", 3.5),
    ("author", "floor", 3.5),
    ("tag-rare", "peer", 0.25),
    ("tag-big", "peer", 0.25),
    ("post", "peer", 0.30),
    ("slug", "peer", 0.30),
    ("list-304", "floor", 2.0),
    ("post-304", "floor", 2.0),
    ("repeat", "floor", 2.0),
    ("create", "peer", 0.5),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what is compared, what was found, and the most that it may be."""

    case: str
    what: str
    value: float
    most: float
    unit: str = " times"

    @property
    def is_met(self) -> bool:
        return self.value <= self.most


def bars(results: Results, smaller: Results | None = None) -> list[Bar]:
    """All bars whose cases were measured; `smaller` is the run with fewer posts to compare it with."""
    costs = _Costs(results)
    found = [*_against_others(costs), *_against_own(costs), *_sizes(results)]
    if smaller:
        then, what = _Costs(smaller), f"of itself at {smaller.posts:,} posts, with the database"
        for case in results.rounds:
            found += _ratio(case, what, costs.whole(case), then.whole(case), 1.2)
    return found


@dataclass(frozen=True, slots=True)
class _Costs:
    """Milliseconds of CPU of one request; None where that was not measured."""

    results: Results

    def service(self, case: str, side: str = "blog_api") -> float | None:
        figures = self.results.median(case, side)
        return figures.service if figures else None

    def database(self, case: str) -> float | None:
        figures = self.results.median(case, "blog_api")
        return figures.database if figures else None

    def whole(self, case: str, side: str = "blog_api") -> float | None:
        figures = self.results.median(case, side)
        return (figures.service or 0) + (figures.database or 0) if figures else None


def _against_others(costs: _Costs) -> Iterator[Bar]:
    for case, side, most in MOST:
        yield from _ratio(case, OTHERS[side], costs.service(case), costs.service(case, side), most)
    hash_alone = costs.service("login", "floor")
    yield from _ratio("login", "of the password hash alone", costs.service("login"), hash_alone, 1.1)
    page, other = costs.whole("offset"), costs.whole("offset", "peer")
    yield from _ratio("offset", "of the peer, with the database", page, other, 1.0)


def _against_own(costs: _Costs) -> Iterator[Bar]:
    rare, big = costs.database("tag-rare"), costs.database("tag-big")
    if rare and big:
        more, less = max(rare, big), min(rare, big)
        yield from _ratio("tag-rare, tag-big", "of one another, database alone", more, less, 1.3)
    yield from _ratio("cursor", "of the first page", costs.service("cursor"), costs.service("newest"), 1.1)
    if costs.database("cursor"):
        page, first = costs.whole("cursor"), costs.whole("newest")
        yield from _ratio("cursor", "of the first page, with the database", page, first, 1.1)
    known, unknown = costs.service("authenticated"), costs.service("newest")
    if known and unknown:
        yield Bar("authenticated", "more than without a token", known - unknown, 0.35, " ms")


def _sizes(results: Results) -> Iterator[Bar]:
    if "blog_api" in results.memory:
        yield Bar("memory", "of a worker after 10,000 requests", results.memory["blog_api"], 90, " MB")
    if results.import_seconds:
        yield Bar("import", "until the app is ready", results.import_seconds, 0.6, " s")


def _ratio(case: str, what: str, value: float | None, other: float | None, most: float) -> Iterator[Bar]:
    if value and other:
        yield Bar(case, what, value / other, most)
