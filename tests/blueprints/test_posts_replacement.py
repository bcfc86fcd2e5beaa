"""Posts: PUT of an object as it was read."""

from __future__ import annotations

import pytest

STATES = {
    "draft": {"status": "draft"},
    "scheduled": {"status": "scheduled", "published_at": "2999-01-31T12:00:00Z"},
    "published": {"status": "published", "published_at": "2020-01-31T12:00:00Z"},
    "archived": {"status": "archived", "published_at": "2020-01-31T12:00:00Z"},
}


def fault(reply) -> tuple[int, str, str]:
    """Return the status of a response, and the location and code of its only error."""
    (only,) = reply.json["errors"]
    return reply.status_code, only["pointer"], only["code"]


def test_put_without_any_fields_leaves_an_empty_draft(people):
    ada = people()
    post = ada.write(tags=["a"])
    put = ada.put(f"/posts/{post['id']}", json={}).json
    assert (put["title"], put["content"], put["tags"], put["status"]) == ("", "", [], "draft")


def test_put_of_a_post_as_it_was_read_changes_nothing(people):
    ada, bob = people(), people()
    for state in STATES.values():
        written = ada.write(**state, tags=["a", "C++"], summary="s", co_authors=[bob.id])
        for person in (ada, bob, people("editor")):
            read = person.get(f"/posts/{written['id']}")
            put = person.put(
                f"/posts/{written['id']}", json=read.json, headers={"If-Match": read.headers["ETag"]}
            )
            assert (put.status_code, put.json, put.headers["ETag"]) == (200, read.json, read.headers["ETag"])


def test_put_ignores_fields_that_cannot_be_written_but_rejects_unknown_ones(people):
    ada, bob = people(), people()
    post = ada.write()
    path = f"/posts/{post['id']}"
    other = {"id": bob.id, "username": bob.username, "display_name": bob.username}
    changed = post | {
        "id": 7,
        "url": 7,
        "author": other,
        "authors": [other],
        "created_at": None,
        "excerpt": "x",
    }
    assert ada.put(path, json=changed).json == post
    assert fault(ada.put(path, json=post | {"titel": "x"})) == (422, "/titel", "unknown")


@pytest.mark.parametrize("name", ["id", "url", "author", "authors", "created_at", "updated_at", "excerpt"])
def test_post_and_patch_reject_fields_that_cannot_be_written(people, name):
    ada = people()
    post = ada.write()
    for reply in (
        ada.post("/posts", json={"title": "x", name: 7}),
        ada.patch(f"/posts/{post['id']}", json={name: 7}),
    ):
        assert fault(reply) == (422, f"/{name}", "unknown")
        assert reply.json["errors"][0]["detail"].startswith("This field cannot be written.")


@pytest.mark.parametrize(
    ("tag", "pointer", "code"),
    [
        ({"id": 1, "name": "a"}, "/tags/1/slug", "required"),
        ({"id": 1, "name": "", "slug": "a"}, "/tags/1/name", "blank"),
        ({"id": "1", "name": "a", "slug": "a"}, "/tags/1/id", "wrong_type"),
        ({"id": 1, "name": "a", "slug": "a", "x": 1}, "/tags/1/x", "unknown"),
        (7, "/tags/1", "wrong_type"),
        ("", "/tags/1", "blank"),
    ],
)
def test_put_reports_invalid_tags_with_their_pointers(people, tag, pointer, code):
    ada = people()
    path = f"/posts/{ada.write()['id']}"
    assert fault(ada.put(path, json={"title": "x", "tags": ["a", tag]})) == (422, pointer, code)
    assert fault(ada.patch(path, json={"tags": ["a", {"id": 1, "name": "a", "slug": "a"}]})) == (
        422,
        "/tags/1",
        "wrong_type",
    )
