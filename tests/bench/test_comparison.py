import pytest

from bench.comparison import compare
from bench.measure import Figures, Results


def results(before: list[tuple], after: list[tuple]) -> Results:
    made = Results("postgresql", 100_000, len(before), 5)
    for side, rounds in (("before", before), ("blog_api", after)):
        for service, database in rounds:
            made.add("newest", side, Figures(service, database, 1000, 1, 2))
    return made


def compared(before, after):
    return {found.cost: found for found in compare(results(before, after))}


def test_each_cost_is_compared():
    found = compared([(1, 2)], [(2, 3)])
    assert {cost: one.ratio for cost, one in found.items()} == {
        "service": 2,
        "database": 1.5,
        "total": pytest.approx(5 / 3),
    }


def test_the_ratio_of_the_rounds_is_not_deceived_by_a_machine_that_slows_down():
    # 1.1 times in each round; the machine takes twice and four times as long in the later ones.
    found = compared([(10, 0), (20, 0), (40, 0)], [(11, 0), (22, 0), (44, 0)])["service"]
    assert [found.paired_ratio, *found.ratios] == pytest.approx([1.1] * 4)


def test_the_two_ratios_differ_where_the_rounds_do():
    found = compared([(10, 0), (20, 0), (40, 0)], [(20, 0), (20, 0), (20, 0)])["service"]
    assert (found.ratio, found.paired_ratio) == (1, 1)
    found = compared([(10, 0), (20, 0), (40, 0)], [(30, 0), (60, 0), (20, 0)])["service"]
    assert (found.ratio, found.paired_ratio) == (1.5, 3)


def test_a_database_inside_the_service_has_no_row_of_its_own():
    found = compared([(1, None)], [(2, None)])
    assert set(found) == {"service", "total"}
    assert found["total"].ratio == 2


def test_a_cost_too_small_to_be_seen_has_no_ratio():
    assert set(compared([(1, 0)], [(1, 0.1)])) == {"service", "total"}


def test_a_round_without_a_measurable_cost_before_is_left_out():
    found = compared([(1, 0), (1, 0.2), (1, 0.2)], [(1, 0.1), (1, 0.1), (1, 0.3)])["database"]
    assert found.ratios == pytest.approx([0.5, 1.5])


def test_a_case_without_an_earlier_commit_is_not_compared():
    made = results([], [(1, 1)])
    made.add("hash", "before", Figures(1, 1, 1000, 1, 2))
    assert not list(compare(made))
