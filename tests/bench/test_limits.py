import pytest

from bench.limits import limits
from bench.measure import Figures, Results


def results(*measured: tuple) -> Results:
    """Return results from tuples of case, side, service CPU and database CPU."""
    run = Results("postgresql", 100_000, 1, 5)
    for case, side, service, database in measured:
        run.add(case, side, Figures(service, database, 1000, 1, 2))
    return run


def found(run, **options):
    return {(limit.case, limit.label): limit for limit in limits(run, **options)}


@pytest.mark.parametrize(("database", "met"), [(6.5, True), (6.7, False)])
def test_a_case_may_cost_ten_percent_more_than_before(database, met):
    run = results(("post", "before", 2, 4), ("post", "blog_api", 0, database))
    limit = found(run)["post", "of before, with the database"]
    assert (limit.is_met, limit.maximum) == (met, 1.1)


@pytest.mark.parametrize(("at_most", "met"), [(1.3, True), (1.05, False)])
def test_the_limit_of_a_case_is_an_option(at_most, met):
    run = results(("post", "before", 5, 5), ("post", "blog_api", 6, 6))
    assert found(run, at_most=at_most)["post", "of before, with the database"].is_met is met


def test_a_case_is_compared_with_before_once():
    run = results(("post", "before", 5, 5), ("post", "blog_api", 6, 6))
    assert len(found(run)) == 1


def test_there_is_no_comparison_without_an_earlier_commit():
    run = results(("post", "blog_api", 5, 5))
    run.memory, run.import_seconds = {"blog_api": 80}, {"blog_api": 1}
    assert [(limit.case, limit.maximum, limit.unit) for limit in limits(run)] == [("memory", 90, " MB")]


@pytest.mark.parametrize("case", ["list-304", "post-304", "repeat"])
def test_a_cached_response_may_cost_2_2_times_the_bare_view(case):
    what = "of the bare view"
    # The cost of the database does not count.
    within, beyond = (results((case, "floor", 1, 0), (case, "blog_api", cost, 5)) for cost in (2.2, 2.3))
    assert found(within)[case, what].is_met
    assert not found(beyond)[case, what].is_met


@pytest.mark.parametrize(("case", "most"), [("create", 0.5), ("offset", 1)])
def test_some_cases_are_compared_with_the_peer(case, most):
    what = "of the peer, with the database"
    for extra, met in ((-0.1, True), (0.1, False)):
        run = results((case, "peer", 4, 6), (case, "blog_api", 1, 10 * most - 1 + extra))
        assert found(run)[case, what].is_met is met


@pytest.mark.parametrize("case", ["newest", "author", "tag-rare", "post", "slug"])
def test_other_cases_are_not_compared_with_the_peer_or_the_bare_view(case):
    run = results((case, "peer", 1, 1), (case, "floor", 1, 0), (case, "blog_api", 90, 90))
    assert not found(run)


@pytest.mark.parametrize(("now", "met"), [(50, True), (51, True), (51.1, False)])
def test_worker_memory_is_compared_with_before(now, met):
    run = results()
    run.memory = {"blog_api": now, "before": 50, "peer": 10}
    assert found(run)["memory", "of before"].is_met is met
    assert len(found(run)) == 1


@pytest.mark.parametrize(("now", "met"), [(1, True), (1.05, True), (1.06, False)])
def test_the_import_time_is_compared_with_before(now, met):
    run = results()
    run.import_seconds = {"blog_api": now, "before": 1}
    assert found(run)["import", "of before"].is_met is met


def test_a_page_by_cursor_is_compared_with_the_first_page():
    run = results(("newest", "blog_api", 10, 10), ("cursor", "blog_api", 10.9, 11.5))
    alone, whole = (
        found(run)["cursor", what] for what in ("of the first page", "of the first page, with the database")
    )
    assert (alone.is_met, whole.is_met) == (True, False)


def test_limits_that_compare_cases_of_the_service():
    run = results(
        ("newest", "blog_api", 1, 1),
        ("authenticated", "blog_api", 1.36, 1),
        ("tag-rare", "blog_api", 1, 1.31),
        ("tag-big", "blog_api", 1, 1),
        ("login", "blog_api", 1.11, 5),
        ("login", "floor", 1, 0),
        ("posts-html", "blog_api", 4, 6),
        ("feed", "blog_api", 7, 6.1),
    )
    expected = {
        ("authenticated", "more than without a token"): 0.36,
        ("tag-rare, tag-big", "of one another, database alone"): 1.31,
        ("login", "of the password hash alone"): 1.11,
        ("feed", "of the list with `html`, with the database"): 1.31,
    }
    shown = found(run)
    assert {name: limit.value for name, limit in shown.items()} == pytest.approx(expected)
    assert not any(limit.is_met for limit in shown.values())
