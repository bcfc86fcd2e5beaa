"""Deleting and erasing accounts, and what happens to their posts."""

from __future__ import annotations

import pytest


def test_only_the_owner_or_an_admin_can_delete_an_account(people):
    ada, bob, editor, admin = people(), people(), people("editor"), people("admin")
    assert editor.delete(f"/users/{ada.id}").status_code == 403
    assert bob.delete(f"/users/{ada.id}").status_code == 403
    assert ada.delete(f"/users/{ada.id}").status_code == 204
    assert ada.get("/users/me").status_code == 401
    assert admin.delete(f"/users/{bob.id}").status_code == 204
    assert admin.delete(f"/users/{bob.id}").status_code == 404
    assert admin.get(f"/users/{bob.id}").status_code == 404


@pytest.mark.parametrize("trashed", [False, True])
def test_an_account_that_owns_posts_even_in_the_trash_cannot_be_deleted(people, trashed):
    ada, admin = people(), people("admin")
    post = ada.write()
    if trashed:
        assert ada.delete(f"/posts/{post['id']}").status_code == 204
    for viewer in (ada, admin):
        reply = viewer.delete(f"/users/{ada.id}")
        assert (reply.status_code, reply.json["type"]) == (409, "/problems/conflict")
        assert "posts" in reply.json["detail"]
    assert ada.get("/users/me").status_code == 200


def test_an_admin_can_reassign_the_posts(people, client):
    ada, heir, admin = people(), people(), people("admin")
    post = ada.write(tags=["x"])
    before = client.get(f"/api/v1/posts/{post['id']}").headers["ETag"]
    assert ada.delete(f"/users/{ada.id}?reassign_to={heir.id}").status_code == 403
    assert admin.delete(f"/users/{ada.id}?reassign_to={heir.id}").status_code == 204
    reply = client.get(f"/api/v1/posts/{post['id']}")
    assert reply.json["author"]["id"] == heir.id
    assert reply.headers["ETag"] != before
    assert [tag["name"] for tag in reply.json["tags"]] == ["x"]


def test_posts_in_the_trash_are_reassigned_too(people):
    ada, heir, admin = people(), people(), people("admin")
    post = ada.write()
    ada.delete(f"/posts/{post['id']}")
    assert admin.delete(f"/users/{ada.id}?reassign_to={heir.id}").status_code == 204
    assert heir.post(f"/posts/{post['id']}/restore").json["author"]["id"] == heir.id


PROFILE = {"website": "https://ada.example/", "image": {"url": "https://ada.example/me.jpg"}}


@pytest.mark.parametrize("viewer", ["self", "admin"])
def test_an_account_is_erased_and_its_posts_stay(people, client, viewer):
    ada, admin = people(username="ada"), people("admin")
    ada.patch("/users/me", json={"bio": "Born in London.", "display_name": "Ada Lovelace", **PROFILE})
    post = ada.write()
    assert ada.post("/posts", json={"title": "x", "content": ""}, headers={"Idempotency-Key": "k"}).json
    person = ada if viewer == "self" else admin
    assert person.delete(f"/users/{ada.id}?anonymise=true").status_code == 204
    user = admin.get(f"/users/{ada.id}").json
    assert user["username"].startswith("deleted-")
    assert user | {"username": "", "updated_at": "", "created_at": ""} == {
        "id": ada.id,
        "username": "",
        "display_name": "Deleted user",
        "bio": "",
        "website": None,
        "image": None,
        "role": "reader",
        "post_count": 1,
        "created_at": "",
        "email": None,
        "is_active": False,
        "updated_at": "",
        "comment_mail": True,
    }
    author = client.get(f"/api/v1/posts/{post['id']}").json["author"]
    assert author == {"id": ada.id, "username": user["username"], "display_name": "Deleted user"}
    assert ada.get("/users/me").status_code == 401
    assert ada.id not in [found["id"] for found in client.get("/api/v1/users").json["data"]]
    # The address is available again, the name stays reserved.
    account = {"username": "ADA", "email": "ada@example.com", "password": "correct horse battery"}
    refused = client.post("/api/v1/auth/register", json=account)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (409, "/username")
    assert client.post("/api/v1/auth/register", json=account | {"username": "ada2"}).status_code == 201
    assert admin.get("/users/by-username/ada").status_code == 404


def test_the_last_admin_and_accounts_of_others_cannot_be_erased(people):
    ada, admin = people(), people("admin")
    assert people("editor").delete(f"/users/{ada.id}?anonymise=true").status_code == 403
    assert admin.delete(f"/users/{admin.id}?anonymise=true").status_code == 409
    assert admin.get("/users/me").json["username"] == admin.username
    reply = admin.delete(f"/users/{ada.id}?anonymise=true&reassign_to={admin.id}")
    assert [(fault["parameter"], fault["code"]) for fault in reply.json["errors"]] == [
        ("anonymise", "not_together")
    ]


@pytest.mark.parametrize("heir", ["999999", "self", "0", "-1", "01", "x", "", str(2**63), "9" * 30])
def test_an_invalid_new_owner_is_reported(people, heir):
    ada, admin = people(), people("admin")
    ada.write()
    reply = admin.delete(f"/users/{ada.id}?reassign_to={ada.id if heir == 'self' else heir}")
    assert reply.status_code == 422
    assert [fault["parameter"] for fault in reply.json["errors"]] == ["reassign_to"]
    assert ada.get("/users/me").status_code == 200


def test_posts_can_be_reassigned_only_to_users_who_can_write(people):
    admin, ada, reader = people("admin"), people(), people("reader")
    ada.write()
    assert admin.delete(f"/users/{ada.id}?reassign_to={reader.id}").status_code == 422
    assert ada.get("/users/me").status_code == 200
