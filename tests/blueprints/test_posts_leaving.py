"""Co-authors leave a post over HTTP: they take themselves out of its authors, and nobody else."""

from __future__ import annotations

import pytest


def names(post):
    return [author["username"] for author in post["authors"]]


@pytest.fixture
def three(people):
    return [people(username=name) for name in ("ada", "bob", "cyd")]


@pytest.mark.parametrize("status", ["draft", "published"])
@pytest.mark.parametrize("way", ["patch", "put", "bulk"])
def test_a_co_author_leaves_a_post_and_takes_nobody_else_out(three, status, way):
    ada, bob, cyd = three
    path = f"/posts/{ada.write('Plan', status=status, co_authors=[bob.id, cyd.id])['id']}"
    before = ada.get(path).headers["ETag"]

    def change(person, co_authors):
        if way == "patch":
            return person.patch(path, json={"co_authors": co_authors})
        if way == "put":
            return person.put(path, json={"title": "Plan", "content": "", "co_authors": co_authors})
        operation = {
            "op": "update",
            "id": int(path.removeprefix("/posts/")),
            "data": {"co_authors": co_authors},
        }
        return person.post("/posts/bulk", json={"operations": [operation]})

    for wrong in ([], [bob.id], [cyd.id, ada.id], [cyd.id, cyd.id], [cyd.id, bob.id]):
        assert change(bob, wrong).status_code == 403
    assert ada.get(path).headers["ETag"] == before
    left = change(bob, [cyd.id])
    assert left.status_code == 200
    assert names(left.json["results"][0]["data"] if way == "bulk" else left.json) == ["ada", "cyd"]
    assert ada.get(path).headers["ETag"] != before
    assert bob.get(path).status_code == (200 if status == "published" and way != "put" else 404)
    assert bob.patch(path, json={"title": "x"}).status_code in (403, 404)
    assert change(cyd, []).status_code == 200
    assert names(ada.get(path).json) == ["ada"]


def test_a_reader_who_is_a_co_author_may_leave_and_do_no_more(three, people):
    reader = people("reader")
    path = f"/posts/{three[0].write(status='draft', co_authors=[reader.id])['id']}"
    for change in ({}, {"co_authors": [reader.id]}, {"title": "x"}, {"title": "x", "co_authors": []}):
        assert reader.patch(path, json=change).status_code == 403
    assert reader.delete(path).status_code == 403
    assert reader.put(path, json={"title": "x", "content": "", "co_authors": []}).status_code == 403
    assert names(reader.patch(path, json={"co_authors": []}).json) == ["ada"]
    assert reader.get(path).status_code == 404
