"""Co-authors can remove themselves from a post, but not other co-authors."""

from __future__ import annotations

import pytest


def names(post):
    return [author["username"] for author in post["authors"]]


@pytest.fixture
def three(people):
    return [people(username=name) for name in ("ada", "bob", "cyd")]


def change_authors(way, person, post_id, co_authors):
    """Set the co-authors of a post in one of three ways and return the response."""
    if way == "patch":
        return person.patch(f"/posts/{post_id}", json={"co_authors": co_authors})
    if way == "put":
        body = {"title": "Plan", "content": "", "co_authors": co_authors}
        return person.put(f"/posts/{post_id}", json=body)
    operation = {"op": "update", "id": post_id, "data": {"co_authors": co_authors}}
    return person.post("/posts/bulk", json={"operations": [operation]})


@pytest.mark.parametrize("status", ["draft", "published"])
@pytest.mark.parametrize("way", ["patch", "put", "bulk"])
def test_a_co_author_can_remove_only_themself(three, status, way):
    ada, bob, cyd = three
    post_id = ada.write("Plan", status=status, co_authors=[bob.id, cyd.id])["id"]
    path = f"/posts/{post_id}"
    before = ada.get(path).headers["ETag"]

    def change(person, co_authors):
        return change_authors(way, person, post_id, co_authors)

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


@pytest.mark.parametrize("way", ["patch", "put", "bulk"])
def test_a_leaving_co_author_cannot_reorder_the_others(three, people, way):
    ada, bob, cyd = three
    dan = people(username="dan")
    post_id = ada.write("Plan", co_authors=[bob.id, cyd.id, dan.id])["id"]
    before = ada.get(f"/posts/{post_id}").headers["ETag"]
    assert change_authors(way, bob, post_id, [dan.id, cyd.id]).status_code == 403
    assert ada.get(f"/posts/{post_id}").headers["ETag"] == before
    assert change_authors(way, bob, post_id, [cyd.id, dan.id]).status_code == 200
    assert names(ada.get(f"/posts/{post_id}").json) == ["ada", "cyd", "dan"]


def test_a_co_author_with_the_reader_role_can_only_leave(three, people):
    reader = people("reader")
    path = f"/posts/{three[0].write(status='draft', co_authors=[reader.id])['id']}"
    for change in ({}, {"co_authors": [reader.id]}, {"title": "x"}, {"title": "x", "co_authors": []}):
        assert reader.patch(path, json=change).status_code == 403
    assert reader.delete(path).status_code == 403
    assert reader.put(path, json={"title": "x", "content": "", "co_authors": []}).status_code == 403
    assert names(reader.patch(path, json={"co_authors": []}).json) == ["ada"]
    assert reader.get(path).status_code == 404


@pytest.mark.parametrize("way", ["patch", "bulk"])
def test_who_leaves_a_post_does_not_get_its_private_metadata(people, way):
    ada, contributor = people(username="ada"), people("contributor")
    metadata = {"mood": "calm", "_note": "not for others"}
    post_id = ada.write("Plan", status="published", co_authors=[contributor.id], metadata=metadata)["id"]
    assert contributor.get(f"/posts/{post_id}").json["metadata"] == {"mood": "calm"}
    left = change_authors(way, contributor, post_id, [])
    assert left.status_code == 200
    post = left.json["results"][0]["data"] if way == "bulk" else left.json
    assert (names(post), post["metadata"]) == (["ada"], {"mood": "calm"})
