"""The limits of the benchmark: ratios within a run, or sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.comparison import compare
from bench.measure import Results

AT_MOST = 1.1  # times the earlier commit
VIEW = 2.2  # times the bare view, for cached responses
MEDIA = 2.0  # times the bare view, for pictures from a folder
CREATE = 0.5  # times the peer
LARGER = 1.2  # times the same case with fewer posts
LOGIN = 1.1  # times the password hash
HTML = 1.15  # times the same post without it
COMMENTS, COMMENT = 1.0, 1.2  # times the list of posts, and times creating a post without tags
FEED = 1.3  # times the list of the same posts, with `html`
MEMORY, IMPORT = 1.02, 1.05  # times the earlier commit


@dataclass(frozen=True, slots=True)
class Limit:
    """What is compared, the measured value, and its maximum."""

    case: str
    label: str
    value: float
    maximum: float
    unit: str = " times"

    @property
    def is_met(self) -> bool:
        return self.value <= self.maximum


def limits(results: Results, smaller: Results | None = None, at_most: float = AT_MOST) -> list[Limit]:
    """Return the limits of all measured cases.

    `smaller` is a run with fewer posts to compare with. `at_most` is the limit for the cost of a case relative to the
    earlier commit.
    """
    found = [
        *_compared_with_earlier(results, at_most),
        *_compared_with_others(results),
        *_compared_with_itself(results),
        *_sizes(results),
    ]
    if smaller:
        label = f"of itself at {smaller.posts:,} posts, with the database"
        for case in results.rounds:
            found += _ratio(case, label, _cost(results, case), _cost(smaller, case), LARGER)
    return found


def _compared_with_earlier(results: Results, at_most: float) -> Iterator[Limit]:
    for found in compare(results):
        if found.cost == "total":
            yield Limit(found.case, "of before, with the database", found.paired_ratio, at_most)


def _compared_with_others(results: Results) -> Iterator[Limit]:
    for case in ("list-304", "post-304", "repeat", "media"):
        page, view = (_cost(results, case, side, "service") for side in ("blog_api", "floor"))
        yield from _ratio(case, "of the bare view", page, view, MEDIA if case == "media" else VIEW)
    login, hashed = (_cost(results, "login", side, "service") for side in ("blog_api", "floor"))
    yield from _ratio("login", "of the password hash alone", login, hashed, LOGIN)
    for case, maximum in (("create", CREATE), ("offset", 1.0)):
        peer = _cost(results, case, "peer")
        yield from _ratio(case, "of the peer, with the database", _cost(results, case), peer, maximum)


def _compared_with_itself(results: Results) -> Iterator[Limit]:
    rare, big = (_cost(results, case, column="database") for case in ("tag-rare", "tag-big"))
    if rare and big:
        more, less = max(rare, big), min(rare, big)
        yield from _ratio("tag-rare, tag-big", "of one another, database alone", more, less, 1.3)
    page, first = (_cost(results, case, column="service") for case in ("cursor", "newest"))
    yield from _ratio("cursor", "of the first page", page, first, 1.1)
    if _cost(results, "cursor", column="database"):
        page, first = _cost(results, "cursor"), _cost(results, "newest")
        yield from _ratio("cursor", "of the first page, with the database", page, first, 1.1)
    html, plain = (_cost(results, case) for case in ("post-html", "post-fields"))
    yield from _ratio("post-html", "of the same fields without it, with the database", html, plain, HTML)
    feed, listed = (_cost(results, case) for case in ("feed", "posts-html"))
    yield from _ratio("feed", "of the list with `html`, with the database", feed, listed, FEED)
    for case, other, label, most in (
        ("comments", "newest", "of the list of posts, with the database", COMMENTS),
        ("comment", "create-plain", "of creating a post without tags, with the database", COMMENT),
    ):
        yield from _ratio(case, label, _cost(results, case), _cost(results, other), most)
    known, unknown = (_cost(results, case, column="service") for case in ("authenticated", "newest"))
    if known and unknown:
        yield Limit("authenticated", "more than without a token", known - unknown, 0.35, " ms")


def _sizes(results: Results) -> Iterator[Limit]:
    memory, seconds = results.memory, results.import_seconds
    if "before" in memory:
        yield from _ratio("memory", "of before", memory.get("blog_api"), memory["before"], MEMORY)
    elif "blog_api" in memory:
        yield Limit("memory", "of a worker", memory["blog_api"], 90, " MB")
    yield from _ratio("import", "of before", seconds.get("blog_api"), seconds.get("before"), IMPORT)


def _cost(results: Results, case: str, side: str = "blog_api", column: str = "total") -> float | None:
    return results.median(case, side, column)


def _ratio(
    case: str, label: str, value: float | None, other: float | None, maximum: float
) -> Iterator[Limit]:
    if value and other:
        yield Limit(case, label, value / other, maximum)
