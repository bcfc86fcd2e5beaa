"""Tests of GET /users/me/data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from blog_api.context import BATCH_SECONDS, seconds_left
from blog_api.crud import personal_data
from blog_api.services import personal_data as service
from tests.people import Person
from tests.pictures import upload

PATH = "/users/me/data"


def data_of(person: Person) -> dict[str, Any]:
    reply = person.get(PATH)
    assert reply.status_code == 200, reply.text
    data = json.loads(reply.data)
    assert list(data) == ["account", *personal_data.PARTS]
    return dict(data)


def test_the_data_has_everything_that_somebody_has_done(people, sql):
    ada, bob = people(username="ada"), people()
    assert ada.patch("/users/me", {"bio": "Engineer."}).status_code == 200
    draft = ada.write("Draft", status="draft", content="Not yet.", tags=["a"])
    live = ada.write("Live", metadata={"_note": "Own."})
    trashed = ada.write("Trashed")
    other = bob.write("By Bob")
    shared = bob.write("Together", co_authors=[ada.id])
    picture = upload(ada)
    token = ada.post("/auth/tokens", {"name": "Script", "scopes": ["read"]}).json
    preview = ada.post(f"/posts/{draft['id']}/previews", {}).json
    comment = ada.post(f"/posts/{other['id']}/comments", {"content": "Nice."})
    for method, path, body in (
        ("PATCH", f"/posts/{live['id']}/working-copy", {"content": "Better."}),
        ("DELETE", f"/posts/{trashed['id']}", None),
        ("PUT", f"/posts/{other['id']}/like", None),
        ("PUT", f"/users/{bob.id}/follow", None),
        ("PATCH", "/users/me", {"username": "lovelace"}),
    ):
        assert ada.request(method, path, json=body).status_code < 300, path
    data = data_of(ada)
    assert (
        data["account"] | {"username": "lovelace", "email": "ada@example.com", "bio": "Engineer."}
        == data["account"]
    )
    assert [entry["username"] for entry in data["usernames"]] == ["ada", "lovelace"]
    assert [entry["user_agent"] for entry in data["sessions"]] == ["tests"]
    assert [entry["name"] for entry in data["api_tokens"]] == ["Script"]
    posts = {post["id"]: post for post in data["posts"]}
    assert list(posts) == [draft["id"], live["id"], trashed["id"], shared["id"]]
    assert posts[draft["id"]]["content"] == "Not yet."
    assert [tag["name"] for tag in posts[draft["id"]]["tags"]] == ["a"]
    assert posts[live["id"]]["metadata"] == {"_note": "Own."}
    assert posts[trashed["id"]]["deleted_at"]
    assert {entry["post_id"] for entry in data["revisions"]} == {draft["id"], live["id"], trashed["id"]}
    assert [entry["content"] for entry in data["working_copies"]] == ["Better."]
    assert [entry["id"] for entry in data["previews"]] == [preview["id"]]
    assert [(entry["id"], entry["url"]) for entry in data["media"]] == [(picture["id"], picture["url"])]
    assert [(entry["id"], entry["content"]) for entry in data["comments"]] == [(comment.json["id"], "Nice.")]
    assert [entry["post_id"] for entry in data["likes"]] == [other["id"]]
    assert [entry["author_id"] for entry in data["follows"]] == [bob.id]
    text = ada.get(PATH).text
    assert token["token"] not in text
    assert preview["token"] not in text
    assert sql.one("SELECT digest FROM api_tokens") not in text


def test_the_data_has_nothing_of_others(people):
    admin, editor, ada, bob = people("admin"), people("editor"), people(), people()
    secret = bob.write("Secret", status="draft")
    assert editor.patch(f"/posts/{secret['id']}", {"content": "Edited."}).status_code == 200
    assert admin.patch(f"/users/{editor.id}", {"role": "author"}).status_code == 200
    assert bob.put(f"/users/{ada.id}/follow").status_code == 204
    together = bob.write("Together", co_authors=[ada.id])
    assert bob.delete(f"/posts/{together['id']}").status_code == 204
    data = data_of(editor)
    assert data["revisions"] == []
    (edit,) = data["revisions_of_others"]
    assert (edit["post_id"], edit["changed"]) == (secret["id"], ["content"])
    assert "Edited." not in editor.get(PATH).text
    # What the admin has done to the account, but not who it was or from where.
    (event,) = [event for event in data["events"] if event["action"] == "role.changed"]
    assert event["actor_id"] is None
    assert "address" not in event
    assert data_of(ada)["posts"] == data_of(ada)["follows"] == []
    assert bob.username not in ada.get(PATH).text


def test_the_data_is_a_private_download_for_a_login_alone(people, client):
    ada = people()
    reply = ada.get(PATH)
    assert reply.headers["Content-Disposition"] == 'attachment; filename="data.json"'
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.content_type == "application/json"
    assert reply.is_streamed
    assert client.get(f"/api/v1{PATH}").status_code == 401
    for scopes in (["read"], ["read", "write"]):
        token = ada.post("/auth/tokens", {"name": "Script", "scopes": scopes}).json["token"]
        refused = client.get(f"/api/v1{PATH}", headers={"Authorization": f"Bearer {token}"})
        assert refused.status_code == 403


@pytest.fixture
def short_batches(monkeypatch):
    """Read two rows at once."""
    parts = {name: part._replace(rows=2) for name, part in personal_data.PARTS.items()}
    monkeypatch.setattr("blog_api.services.personal_data.PARTS", parts)


@pytest.mark.usefixtures("short_batches")
def test_all_rows_of_all_batches_are_in_the_data(people):
    ada, bob = people(), people()
    for number in range(5):
        own, other = ada.write(f"{number}"), bob.write(f"Other {number}")
        assert ada.put(f"/posts/{other['id']}/like").status_code == 204
        assert ada.patch(f"/posts/{own['id']}", {"content": "Changed."}).status_code == 200
        assert ada.post("/auth/tokens", {"name": f"{number}", "scopes": ["read"]}).status_code == 201
    data = data_of(ada)
    assert [post["title"] for post in data["posts"]] == ["0", "1", "2", "3", "4"]
    assert [token["name"] for token in data["api_tokens"]] == ["0", "1", "2", "3", "4"]
    assert (len(data["likes"]), len(data["revisions"])) == (5, 10)
    assert len(data["actions"]) == len(data["events"]) == 5


@pytest.mark.usefixtures("short_batches")
def test_no_connection_is_in_use_between_two_batches(people, client):
    """The app of the tests has a single connection."""
    ada = people()
    for number in range(5):
        ada.write(f"{number}")
    reply = client.get(f"/api/v1{PATH}", headers=ada.headers, buffered=False)
    chunks = iter(reply.response)
    for _ in range(3):
        next(chunks)
        assert ada.get("/posts").status_code == 200
    reply.close()


def test_the_database_cannot_block_data_that_is_being_sent(people, monkeypatch):
    ada, left = people(), []

    def read_batch(*arguments):
        left.append(seconds_left())
        return personal_data.read_batch(*arguments)

    monkeypatch.setattr(service, "read_batch", read_batch)
    data_of(ada)
    assert len(left) == len(personal_data.PARTS)
    assert max(left) <= BATCH_SECONDS
