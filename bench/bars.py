"""What the benchmark must show: the bars, each a ratio within the run, or a size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.measure import Figures, Results

LISTS, TAGS, POSTS = ("newest", "author"), ("tag-rare", "tag-big"), ("post", "slug")


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
    """All bars whose cases were measured; `smaller` is a run with a tenth of the posts."""
    found = [*_against_others(results), *_against_own(results), *_sizes(results)]
    return [*found, *(_against_smaller(results, smaller) if smaller else ())]


def _against_others(results: Results) -> Iterator[Bar]:
    limits = [(case, "peer", 0.20) for case in LISTS] + [(case, "floor", 3.5) for case in LISTS]
    limits += [(case, "peer", 0.25) for case in TAGS] + [(case, "peer", 0.30) for case in POSTS]
    limits += [(case, "floor", 2.0) for case in ("list-304", "post-304", "repeat")]
    limits += [("create", "peer", 0.5), ("login", "floor", 1.1)]
    names = {"peer": "the peer", "floor": "the bare view"}
    for case, side, most in limits:
        name = "the password hash alone" if case == "login" else names[side]
        yield from _ratio(case, f"of {name}", _service(results, case), _service(results, case, side), most)
    own, other = results.median("offset", "blog_api"), results.median("offset", "peer")
    yield from _ratio("offset", "of the peer, with the database", _both(own), _both(other), 1.0)


def _against_own(results: Results) -> Iterator[Bar]:
    own = {case: results.median(case, "blog_api") for case in results.rounds}
    rare, big = (figures.database if (figures := own.get(case)) else None for case in TAGS)
    if rare and big:
        yield Bar("tag-big, tag-rare", "one to the other, database", max(rare, big) / min(rare, big), 1.3)
    page, first = _service(results, "cursor"), _service(results, "newest")
    yield from _ratio("cursor", "of the first page", page, first, 1.1)
    yield from _ratio(
        "cursor",
        "of the first page, with the database",
        _both(own.get("cursor")),
        _both(own.get("newest")),
        1.1,
    )
    known = _service(results, "authenticated")
    if known and first:
        yield Bar("authenticated", "more than without a token", known - first, 0.35, " ms")


def _sizes(results: Results) -> Iterator[Bar]:
    if "blog_api" in results.memory:
        yield Bar("memory", "of a worker after 10,000 requests", results.memory["blog_api"], 90, " MB")
    if results.import_seconds:
        yield Bar("import", "of the app", results.import_seconds, 0.6, " s")


def _against_smaller(results: Results, smaller: Results) -> Iterator[Bar]:
    for case in results.rounds:
        now, then = results.median(case, "blog_api"), smaller.median(case, "blog_api")
        yield from _ratio(
            case, f"of itself at {smaller.posts:,} posts, with the database", _both(now), _both(then), 1.2
        )


def _ratio(case: str, what: str, value: float | None, other: float | None, most: float) -> Iterator[Bar]:
    if value and other:
        yield Bar(case, what, value / other, most)


def _service(results: Results, case: str, side: str = "blog_api") -> float | None:
    figures = results.median(case, side)
    return figures.service if figures else None


def _both(figures: Figures | None) -> float | None:
    return (figures.service or 0) + (figures.database or 0) if figures else None
