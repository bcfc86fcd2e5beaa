"""How many statements comments take, and which rows they read."""

from __future__ import annotations

import pytest

from tests.blueprints.comments.helpers import comment

COMMENTS = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
    INSERT INTO comments (post_id, depth, user_id, content, html, renderer, status, shown, created_at)
    SELECT {post}, 0, {user}, 'x', '<p>x</p>', 1, 'approved', true, {time} FROM n
"""
TIMES = {True: "now() - i * interval '1 second'", False: "datetime('2020-01-01', i || ' seconds')"}


@pytest.fixture
def fill(sql, ada):
    """Insert many approved comments."""

    def insert(post_id, count):
        time = TIMES[sql.is_postgresql]
        sql(COMMENTS.format(count=count, post=post_id, user=ada.id, time=time))
        sql("ANALYZE")

    return insert


@pytest.fixture
def explain(sql):
    """Return the plan of a statement as text."""
    prefix = (
        "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF)" if sql.is_postgresql else "EXPLAIN QUERY PLAN"
    )

    def plan(statement):
        return "\n".join(str(row[-1]) for row in sql(f"{prefix} {statement}"))

    return plan


def test_a_page_takes_two_statements_at_any_depth_and_length(client, ada, post_id, count_queries):
    parent = None
    for _ in range(6):
        parent = comment(ada, post_id, parent_id=parent)["id"]
    for _ in range(30):
        comment(ada, post_id)
    path = f"/api/v1/posts/{post_id}/comments"
    for query in ("", "?limit=1", "?limit=100"):
        with count_queries() as statements:
            page = client.get(path + query)
        assert (page.status_code, len(statements)) == (200, 2)
    cursor = client.get(f"{path}?limit=5").json["pagination"]["next_cursor"]
    with count_queries() as statements:
        assert len(client.get(f"{path}?limit=5&cursor={cursor}").json["data"]) == 5
    assert len(statements) == 2


@pytest.mark.writes_directly
def test_a_long_thread_reads_a_range_of_one_index(client, ada, fill, count_queries, explain, post_id):
    other = ada.write()["id"]
    for _ in range(10):
        comment(ada, other)
    fill(post_id, 100_000)
    for post in (post_id, other):
        first = client.get(f"/api/v1/posts/{post}/comments?limit=5")
        cursor = first.json["pagination"]["next_cursor"]
        for query in ("?limit=5", f"?limit=5&cursor={cursor}", "?limit=5&sort=-created_at"):
            with count_queries() as statements:
                assert len(client.get(f"/api/v1/posts/{post}/comments{query}").json["data"]) == 5
            plan = explain(statements[-1])
            assert "ix_comments_thread" in plan, plan
            # Six rows are read: those of the page and one more.
            assert "Sort" not in plan, plan
            assert "TEMP B-TREE" not in plan, plan
            assert "rows=6" in plan or "EXPLAIN" not in plan, plan


def test_writing_a_comment_takes_few_statements(ada, post_id, count_queries):
    path, found = f"/posts/{post_id}/comments", []
    for _ in range(2):
        with count_queries() as statements:
            assert ada.post(path, {"content": "x"}).status_code == 201
        found.append(len(statements))
    assert found[0] == found[1] <= 6, statements
