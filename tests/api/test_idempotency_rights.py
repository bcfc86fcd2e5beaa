"""Idempotency-Key: a stored response does not outlive the right to it."""

from __future__ import annotations

import pytest

from tests.keyed import KEY, POST, count_posts, problem


@pytest.fixture
def admin(people):
    return people("admin")


@pytest.fixture
def set_role(admin):
    """Change the role of a person."""

    def change(person, role):
        assert admin.patch(f"/users/{person.id}", json={"role": role}).status_code == 200

    return change


def test_a_demoted_editor_gets_no_stored_draft_of_others(people, set_role):
    ada, editor = people(), people("editor")
    post = ada.write("Secret", status="draft")
    assert ada.delete(f"/posts/{post['id']}").status_code == 204
    restored = editor.post(f"/posts/{post['id']}/restore", headers=KEY)
    assert restored.json["title"] == "Secret"
    assert editor.post(f"/posts/{post['id']}/restore", headers=KEY).data == restored.data
    for role in ("author", "reader"):
        set_role(editor, role)
        reply = editor.post(f"/posts/{post['id']}/restore", headers=KEY)
        assert problem(reply) == (403, "forbidden")
        assert "Secret" not in reply.text
    set_role(editor, "admin")
    assert editor.post(f"/posts/{post['id']}/restore", headers=KEY).data == restored.data


def test_a_lost_role_ends_the_right_to_every_stored_response(people, set_role):
    editor = people("editor")
    requests = [
        ("/posts", POST),
        ("/posts/bulk", {"mode": "each", "operations": [{"op": "create", "data": POST}]}),
        ("/posts/bulk/update?status=draft", {"add_tags": ["x"]}),
        ("/tags", {"name": "Unused"}),
    ]
    keys = [{"Idempotency-Key": f"key-{number}"} for number in range(len(requests))]
    first = [editor.post(*request, headers=key) for request, key in zip(requests, keys, strict=True)]
    assert all(reply.status_code < 300 for reply in first), [reply.text for reply in first]
    set_role(editor, "author")
    for request, key in zip(requests, keys, strict=True):
        assert problem(editor.post(*request, headers=key)) == (403, "forbidden")
    assert count_posts(editor) == 2


def test_a_promotion_keeps_stored_responses(people, set_role):
    ada = people()
    first = ada.post("/posts", POST, headers=KEY)
    set_role(ada, "editor")
    assert ada.post("/posts", POST, headers=KEY).data == first.data


def test_a_former_co_author_gets_no_stored_draft(people):
    ada, bob = people(), people()
    post = ada.write("Secret", status="draft", co_authors=[bob.id])
    change = {"op": "update", "id": post["id"], "data": {"summary": "By Bob"}}
    bulk = {"mode": "atomic", "operations": [{"op": "create", "data": POST}, change]}
    first = bob.post("/posts/bulk", bulk, headers=KEY)
    assert first.status_code == 200
    assert bob.post("/posts/bulk", bulk, headers=KEY).data == first.data
    assert ada.patch(f"/posts/{post['id']}", json={"co_authors": []}).status_code == 200
    reply = bob.post("/posts/bulk", bulk, headers=KEY)
    assert problem(reply) == (404, "not-found")
    assert "Secret" not in reply.text
    assert ada.patch(f"/posts/{post['id']}", json={"status": "published"}).status_code == 200
    assert bob.post("/posts/bulk", bulk, headers=KEY).data == first.data


def test_a_response_stored_by_the_previous_release_is_replayed(people, sql):
    ada = people()
    first = ada.post("/posts", POST, headers=KEY)
    sql("UPDATE idempotency_keys SET role = NULL")
    assert ada.post("/posts", POST, headers=KEY).data == first.data


@pytest.mark.parametrize("key", ["_note", "note"])
def test_a_former_owner_gets_no_stored_private_metadata(people, admin, key):
    ada, bob = people(), people()
    body = {"title": "Public", "status": "published", "metadata": {key: "Ask Ada first."}}
    first = ada.post("/posts", body, headers=KEY)
    assert ada.post("/posts", body, headers=KEY).data == first.data
    assert admin.patch(f"/posts/{first.json['id']}", json={"author_id": bob.id}).status_code == 200
    again = ada.post("/posts", body, headers=KEY)
    if key == "note":
        assert again.data == first.data
    else:
        assert problem(again) == (404, "not-found")
        assert "Ask Ada" not in again.text
