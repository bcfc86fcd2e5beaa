"""The number of queries of requests for the history of a post."""

from __future__ import annotations

import pytest


@pytest.fixture
def cost(ada, count_queries):
    """Return the number of statements of a successful request."""

    def counted(method, path, **options):
        with count_queries() as statements:
            reply = ada.request(method, path, **options)
        assert reply.status_code < 300, reply.text
        return len(statements)

    return counted


def test_lists_and_single_revisions_take_the_same_queries_for_any_number(ada, path, cost):
    for count in (1, 30):
        for number in range(count):
            ada.patch(path, json={"content": f"{count} {number}"})
        # The viewer, the right to edit, and the revisions.
        assert cost("GET", f"{path}/revisions?limit=100") == 3
        assert cost("GET", f"{path}/revisions/2") == 4
        assert cost("GET", f"{path}/revisions/2/diff") == 4


def test_saving_takes_the_same_queries_for_any_number_of_tags(ada, copy, cost):
    ada.patch(copy, json={"content": "x"})
    for tags in (["a"], [f"tag {n}" for n in range(50)]):
        # The viewer, the lock, the post with its relations, the copy, its author, the change, its revision.
        assert cost("PATCH", copy, json={"tags": tags}) <= 11
    assert cost("GET", copy) == 3


def test_a_change_of_the_current_version_is_not_compared(ada, path, cost):
    headers = {"If-Match": ada.get(path).headers["ETag"]}
    compared = {"If-Match": ada.patch(path, json={"content": "x"}).headers["ETag"]}
    plain = cost("PATCH", path, json={"summary": "x"}, headers=compared)
    # The lock and the base.
    merged = cost("PATCH", f"{path}?merge=true", json={"meta_title": "y"}, headers=headers)
    assert merged == plain + 2
