import json
from dataclasses import asdict

import pytest

from bench.load import BenchError
from bench.measure import Figures, Results
from bench.report import describe, load, put


def results(**service: list[float]) -> Results:
    made = Results("postgresql", 100_000, 3, 5, "PostgreSQL 15")
    for side, costs in service.items():
        for cost in costs:
            made.add("newest", side, Figures(cost, 0.5, 1000, 1, 2))
    return made


def test_the_median_of_the_rounds_is_shown_and_held_against_the_bars():
    text = describe(results(blog_api=[9, 1, 2], peer=[8, 8, 8], floor=[0.5, 0.5, 0.5]))
    assert "| newest | blog_api | 2.000 | 0.500 | 1,000 | 1.0 | 2.0 |" in text
    assert "| newest | 0.25 times of the peer | 0.2 times | **no** |" in text
    assert "| newest | 4.00 times of the bare view | 3.5 times | **no** |" in text


def test_more_posts_are_compared_with_fewer():
    text = describe(results(blog_api=[2.5]), results(blog_api=[2.0]))
    assert "| newest | 1.20 times of itself at 100,000 posts, with the database | 1.2 times | yes |" in text


def test_what_a_run_kept_reads_back(tmp_path):
    path = tmp_path / "run.json"
    path.write_text(json.dumps(asdict(results(blog_api=[1, 2]))), encoding="utf-8")
    assert load(path) == results(blog_api=[1, 2])


def test_tables_replace_the_last_ones_between_their_markers():
    document = "before\n<!-- a -->\nold\n<!-- end -->\n<!-- b -->\nkept\n<!-- end -->\n"
    assert put(document, "a", "new\n") == document.replace("old", "new")


def test_tables_without_a_place_are_refused():
    with pytest.raises(BenchError, match="no place for c"):
        put("<!-- a -->\n<!-- end -->\n", "c", "new\n")
