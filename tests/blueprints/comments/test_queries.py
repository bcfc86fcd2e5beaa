"""How many statements comments take, and which rows they read."""

from __future__ import annotations

import re

import pytest

from blog_api.database.session import db
from tests.blueprints.comments.helpers import comment
from tests.plans import count_steps, plan_of, recorded

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


QUERIES = ("limit=5", "limit=5&sort=-created_at", "limit=4&cursor={cursor}")


def test_a_page_of_a_long_thread_reads_a_range_of_one_index(app, client, ada, fill, post_id, sql):
    short = ada.write()["id"]
    fill(short, 10)
    fill(post_id, 100_000)
    for query in QUERIES:
        of_short, of_long = (_page_statement(app, client, post, query) for post in (short, post_id))
        plan = plan_of(app, *of_long)
        assert "ix_comments_thread" in plan, plan
        assert not re.search("Sort|TEMP B-TREE", plan), plan
        if sql.is_postgresql:
            # The rows of the page and one more.
            assert _rows_read(app, *of_long) <= 6
        else:
            assert count_steps(app, *of_long) == count_steps(app, *of_short)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("status=pending", "ix_comments_held"),
        ("status=spam&sort=id", "ix_comments_held"),
        ("author_id={reader}", "ix_comments_user_id"),
        ("", "pk_comments|SCAN comments|INTEGER PRIMARY KEY|comments_pkey"),
    ],
)
def test_lists_for_moderators_read_an_index_in_order(app, ada, editor, reader, fill, post_id, query, index):
    for _ in range(3):
        comment(reader, post_id)
    fill(post_id, 20_000)
    with recorded(app) as sent:
        assert editor.get(f"/comments?limit=3&{query.format(reader=reader.id)}").status_code == 200
    plan = plan_of(app, *next(one for one in sent if "sort_key" in one[0]))
    assert re.search(index, plan), plan
    assert not re.search("Sort|TEMP B-TREE", plan), plan


def _page_statement(app, client, post_id, query):
    path = f"/api/v1/posts/{post_id}/comments"
    cursor = client.get(f"{path}?limit=5").json["pagination"]["next_cursor"]
    with recorded(app) as sent:
        page = client.get(f"{path}?{query.format(cursor=cursor)}").json
    assert len(page["data"]) == page["pagination"]["limit"]
    return sent[-1]


def _rows_read(app, statement, parameters):
    """Return how many rows PostgreSQL reads of the index."""
    with app.app_context(), db.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, TIMING OFF) {statement}", parameters)
        plan = "\n".join(row[0] for row in rows)
    found = re.search(r"ix_comments_thread.*actual rows=(\d+)", plan)
    assert found, plan
    return int(found[1])


def test_writing_a_comment_takes_few_statements(ada, post_id, count_queries):
    path, found = f"/posts/{post_id}/comments", []
    for _ in range(2):
        with count_queries() as statements:
            assert ada.post(path, {"content": "x"}).status_code == 201
        found.append(len(statements))
    assert found[0] == found[1] <= 6, statements
