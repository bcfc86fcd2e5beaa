import json
from dataclasses import asdict

import pytest

from bench.load import BenchError
from bench.measure import Figures, Results
from bench.report import describe, load, replace_section


def results(case: str = "create", database: float | None = 0.5, **service: list[float]) -> Results:
    run = Results("postgresql", 100_000, 3, 5, "PostgreSQL 15")
    for side, costs in service.items():
        for cost in costs:
            run.add(case, side, Figures(cost, database, 1000, 1, 2))
    return run


def test_the_report_shows_the_median_of_the_rounds_and_the_limits():
    text = describe(results(blog_api=[9, 1, 2], peer=[4.25, 4.5, 4]))
    assert "| create | blog_api | 2.000 | 0.500 | 2.500 | 1,000 | 1.0 | 2.0 |" in text
    assert "| create | peer | 4.250 | 0.500 | 4.750 | 1,000 | 1.0 | 2.0 |" in text
    assert "| create | 0.53 times of the peer, with the database | 0.5 times | **no** |" in text


def test_the_total_is_the_median_of_sums():
    run = Results("postgresql", 100_000, 3, 5, "PostgreSQL 15")
    for service, database in ((1, 9), (2, 2), (3, 4)):
        run.add("newest", "blog_api", Figures(service, database, 1000, 1, 2))
    assert "| newest | blog_api | 2.000 | 4.000 | 7.000 |" in describe(run)


def test_on_sqlite_the_total_equals_the_service_cost():
    text = describe(results(database=None, blog_api=[2.0]))
    assert "| create | blog_api | 2.000 |  | 2.000 | 1,000 |" in text


def test_pgbench_has_no_service_cost_and_no_total():
    run = results()
    run.add("newest", "pgbench", Figures(None, 2.0, 1000, None, None))
    assert "| newest | pgbench |  | 2.000 |  | 1,000 |  |  |" in describe(run)


def test_a_run_is_compared_with_one_with_fewer_posts():
    text = describe(results(blog_api=[2.5]), results(blog_api=[2.0]))
    assert "| create | 1.20 times of itself at 100,000 posts, with the database | 1.2 times | yes |" in text


def test_the_report_compares_before_and_after():
    run = results(before=[1.5, 3.5, 1.5], blog_api=[2.5, 2.5, 3.5])
    run.before = "abc1234"
    text = describe(run, at_most=1.3)
    assert "Before is commit abc1234." in text
    assert "| create | service | 1.500 | 2.500 | 1.67 | 1.67 | 0.71 | 2.33 |" in text
    assert "| create | database | 0.500 | 0.500 | 1.00 | 1.00 | 1.00 | 1.00 |" in text
    assert "| create | service + database | 2.000 | 3.000 | 1.50 | 1.50 | 0.75 | 2.00 |" in text
    assert "| create | 1.50 times of before, with the database | 1.3 times | **no** |" in text


def test_the_report_omits_before_without_an_earlier_commit():
    assert "efore" not in describe(results(blog_api=[2.0]))


def test_the_report_shows_memory_and_import_times():
    run = results(blog_api=[2.0])
    run.memory = {"blog_api": 42.46, "before": 43, "peer": 64}
    run.import_seconds = {"blog_api": 1.2, "before": 1.25}
    text = describe(run)
    assert "Memory of a worker: 42.5 MB (blog_api), 43.0 MB (before), 64.0 MB (peer)." in text
    assert "CPU to import the app: 1.20 s (blog_api), 1.25 s (before)." in text


def test_saved_results_can_be_loaded(tmp_path):
    path = tmp_path / "run.json"
    path.write_text(json.dumps(asdict(results(blog_api=[1, 2]))), encoding="utf-8")
    assert load(path) == results(blog_api=[1, 2])


def test_tables_replace_the_text_between_their_markers():
    document = "before\n<!-- a -->\nold\n<!-- end -->\n<!-- b -->\nkept\n<!-- end -->\n"
    assert replace_section(document, "a", "new\n") == document.replace("old", "new")


def test_missing_markers_are_an_error():
    with pytest.raises(BenchError, match="no markers for c"):
        replace_section("<!-- a -->\n<!-- end -->\n", "c", "new\n")
