import pytest

from bench.comparison import compare
from bench.measure import Figures, Results


def results(before: list[tuple], after: list[tuple]) -> Results:
    run = Results("postgresql", 100_000, len(before), 5)
    for side, rounds in (("before", before), ("blog_api", after)):
        for service, database in rounds:
            run.add("newest", side, Figures(service, database, 1000, 1, 2))
    return run


def compared(before, after):
    return {found.cost: found for found in compare(results(before, after))}


def test_all_costs_are_compared():
    found = compared([(1, 2)], [(2, 3)])
    assert {cost: one.ratio for cost, one in found.items()} == {
        "service": 2,
        "database": 1.5,
        "total": pytest.approx(5 / 3),
    }


def test_the_paired_ratio_is_robust_against_a_slower_machine():
    # A ratio of 1.1 in each round, while the machine becomes two and four times slower.
    found = compared([(10, 0), (20, 0), (40, 0)], [(11, 0), (22, 0), (44, 0)])["service"]
    assert [found.paired_ratio, *found.ratios] == pytest.approx([1.1] * 4)


def test_the_ratios_differ_if_the_rounds_vary():
    found = compared([(10, 0), (20, 0), (40, 0)], [(20, 0), (20, 0), (20, 0)])["service"]
    assert (found.ratio, found.paired_ratio) == (1, 1)
    found = compared([(10, 0), (20, 0), (40, 0)], [(30, 0), (60, 0), (20, 0)])["service"]
    assert (found.ratio, found.paired_ratio) == (1.5, 3)


def test_sqlite_has_no_separate_database_cost():
    found = compared([(1, None)], [(2, None)])
    assert set(found) == {"service", "total"}
    assert found["total"].ratio == 2


def test_a_cost_of_zero_has_no_ratio():
    assert set(compared([(1, 0)], [(1, 0.1)])) == {"service", "total"}


def test_rounds_without_a_cost_before_are_skipped():
    found = compared([(1, 0), (1, 0.2), (1, 0.2)], [(1, 0.1), (1, 0.1), (1, 0.3)])["database"]
    assert found.ratios == pytest.approx([0.5, 1.5])


def test_a_case_measured_on_one_side_is_not_compared():
    run = results([], [(1, 1)])
    run.add("hash", "before", Figures(1, 1, 1000, 1, 2))
    assert not list(compare(run))
