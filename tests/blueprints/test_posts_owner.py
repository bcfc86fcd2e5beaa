"""Posts: editors set the owner (author_id)."""

from __future__ import annotations

import pytest


def fault(reply) -> tuple[int, str, str]:
    """Return the status of a response, and the location and code of its only error."""
    (only,) = reply.json["errors"]
    return reply.status_code, only["pointer"], only["code"]


def names(post) -> list[str]:
    return [author["username"] for author in post["authors"]]


@pytest.fixture
def three(people):
    return [people(username=name) for name in ("ada", "bob", "cyd")]


def test_an_editor_creates_a_post_for_somebody_else(people, three):
    ada, _, cyd = three
    post = people("editor").write(author_id=ada.id, co_authors=[cyd.id])
    assert (post["author"]["username"], names(post)) == ("ada", ["ada", "cyd"])
    assert ada.patch(f"/posts/{post['id']}", json={"title": "Mine"}).status_code == 200


@pytest.mark.parametrize("way", ["patch", "put", "bulk"])
def test_an_editor_changes_the_owner_of_a_post(people, three, way):
    ada, bob, cyd = three
    editor, post = people("editor"), ada.write(co_authors=[bob.id, cyd.id])
    path = f"/posts/{post['id']}"
    before = editor.get(path).headers["ETag"]
    if way == "bulk":
        operation = {"op": "update", "id": post["id"], "data": {"author_id": bob.id}}
        reply = editor.post("/posts/bulk", json={"operations": [operation]})
    else:
        body = {"author_id": bob.id} if way == "patch" else {"title": "Hello", "author_id": bob.id}
        reply = editor.request(way, path, json=body)
    assert reply.status_code == 200
    read = editor.get(path)
    assert names(read.json) == ["bob", "cyd"]
    assert read.headers["ETag"] != before
    assert ada.patch(path, json={"title": "x"}).status_code in (403, 404)
    assert bob.patch(path, json={"title": "x", "author_id": bob.id}).status_code == 200


def test_only_editors_set_the_owner_but_anyone_can_send_the_present_one(people, three):
    ada, bob, _ = three
    post = ada.write(co_authors=[bob.id], author_id=ada.id)
    path = f"/posts/{post['id']}"
    for person in (ada, bob):
        assert person.patch(path, json={"author_id": bob.id}).status_code == 403
        assert person.patch(path, json={"author_id": ada.id}).status_code == 200
    assert ada.post("/posts", json={"title": "x", "author_id": bob.id}).status_code == 403
    assert people("contributor").post("/posts", json={"author_id": bob.id}).status_code == 403
    assert names(ada.get(path).json) == ["ada", "bob"]


def test_the_owner_must_be_an_active_user_who_may_write(people, three):
    editor, post = people("editor"), three[0].write()
    inactive, reader = people(), people("reader")
    people("admin").patch(f"/users/{inactive.id}", json={"is_active": False})
    for user_id in (inactive.id, reader.id, 987654):
        body = {"title": "x", "author_id": user_id}
        assert fault(editor.patch(f"/posts/{post['id']}", json=body)) == (422, "/author_id", "not_a_user")
        assert fault(editor.post("/posts", json=body)) == (422, "/author_id", "not_a_user")


def test_the_owner_is_not_also_a_co_author(people, three):
    ada, bob, cyd = three
    editor, post = people("editor"), ada.write()
    path = f"/posts/{post['id']}"
    both = {"author_id": bob.id, "co_authors": [cyd.id, bob.id]}
    assert fault(editor.patch(path, json=both)) == (422, "/co_authors/1", "not_a_user")
    swapped = editor.patch(path, json={"author_id": bob.id, "co_authors": [ada.id]})
    assert names(swapped.json) == ["bob", "ada"]
