"""API tokens: creating, using, listing and revoking."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.blueprints.conftest import PASSWORD
from tests.cli.helpers import run_command


@pytest.fixture
def ada(people):
    return people("author", username="ada")


def create_token(person, *scopes, name="Site generator", **fields):
    reply = person.post("/auth/tokens", json={"name": name, "scopes": list(scopes or ["read"])} | fields)
    assert reply.status_code == 201, reply.text
    return reply.json


def request(client, token, method="GET", path="/users/me", scheme="Bearer", **options):
    headers = {"Authorization": f"{scheme} {token}"}
    return client.open(f"/api/v1{path}", method=method, headers=headers, **options)


def test_a_token_is_shown_once_and_stored_only_as_a_digest(ada, sql):
    reply = ada.post("/auth/tokens", json={"name": " Site generator ", "scopes": ["read"]})
    made = reply.json
    assert (reply.status_code, reply.headers["Cache-Control"]) == (201, "no-store")
    assert reply.headers["Location"] == f"/api/v1/auth/tokens/{made['id']}"
    assert re.fullmatch(r"blog_api_[A-Za-z0-9_-]{43}", made["token"])
    assert (made["name"], made["scopes"]) == ("Site generator", ["read"])
    shown = {name: value for name, value in made.items() if name != "token"}
    assert ada.get(f"/auth/tokens/{made['id']}").json == shown
    assert ada.get("/auth/tokens").json == {"data": [shown]}
    (row,) = sql("SELECT * FROM api_tokens")
    assert made["token"] not in str(row)
    assert len(row.digest) == 64
    left = datetime.fromisoformat(shown["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=89) < left <= timedelta(days=90)


def test_tokens_are_unique(ada):
    assert create_token(ada)["token"] != create_token(ada)["token"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_can_read_what_its_owner_can_read(ada, client, scheme):
    draft = ada.write(status="draft")
    token = create_token(ada)["token"]
    assert request(client, token, scheme=scheme).json["email"] == "ada@example.com"
    assert request(client, token, path=f"/posts/{draft['id']}", scheme=scheme).status_code == 200
    listed = request(client, token, path="/posts?status=draft", scheme=scheme).json["data"]
    assert [post["id"] for post in listed] == [draft["id"]]


def test_a_token_with_only_the_read_scope_cannot_write(ada, client):
    post, token = ada.write(), create_token(ada, "read")["token"]
    for method, path in (
        ("POST", "/posts"),
        ("PATCH", f"/posts/{post['id']}"),
        ("DELETE", f"/posts/{post['id']}"),
    ):
        reply = request(client, token, method, path, json={"title": "Other", "content": ""})
        assert (reply.status_code, reply.json["type"]) == (403, "/problems/forbidden")
    assert ada.get(f"/posts/{post['id']}").json["title"] == "Hello"


@pytest.mark.parametrize(
    "scopes",
    [
        ["write"],
        ["read", "write"],
        [
            "write",
            "read",
        ],
    ],
)
def test_the_write_scope_includes_read(ada, client, scopes):
    made = create_token(ada, *scopes)
    assert made["scopes"] == sorted(scopes)
    post = request(client, made["token"], "POST", "/posts", json={"title": "By a script", "content": ""})
    assert (post.status_code, post.json["author"]["username"]) == (201, "ada")
    assert request(client, made["token"], path=f"/posts/{post.json['id']}").status_code == 200


def test_a_token_has_the_current_permissions_of_its_owner(ada, client, people):
    token, others = create_token(ada, "write")["token"], people("author").write()
    change = {"json": {"title": "Mine"}}
    assert request(client, token, "PATCH", f"/posts/{others['id']}", **change).status_code == 403
    admin = people("admin")
    assert admin.patch(f"/users/{ada.id}", json={"role": "editor"}).status_code == 200
    assert request(client, token, "PATCH", f"/posts/{others['id']}", **change).status_code == 200
    assert admin.patch(f"/users/{ada.id}", json={"role": "reader"}).status_code == 200
    assert request(client, token, "POST", "/posts", json={"title": "x", "content": ""}).status_code == 403


def test_a_token_cannot_refresh_a_session(ada, client):
    assert request(client, create_token(ada, "write")["token"], "POST", "/auth/refresh").status_code == 401


def test_revoking_a_token_takes_effect_immediately_and_spares_the_others(ada, client, people):
    first, second = create_token(ada), create_token(ada)
    assert people().delete(f"/auth/tokens/{first['id']}").status_code == 404
    assert people().get(f"/auth/tokens/{first['id']}").status_code == 404
    assert ada.delete(f"/auth/tokens/{first['id']}").status_code == 204
    assert ada.delete(f"/auth/tokens/{first['id']}").status_code == 404
    reply = request(client, first["token"])
    assert reply.status_code == 401
    assert 'error="invalid_token"' in reply.headers["WWW-Authenticate"]
    assert request(client, second["token"]).status_code == 200
    assert [one["id"] for one in ada.get("/auth/tokens").json["data"]] == [second["id"]]


def test_a_token_ends_with_expiry_disabling_or_an_operator_password_reset(app, ada, client, people, sql):
    token = create_token(ada)["token"]
    sql("UPDATE api_tokens SET expires_at = :now", now=datetime.now(UTC))
    assert request(client, token).status_code == 401
    token, admin = create_token(ada)["token"], people("admin")
    assert admin.patch(f"/users/{ada.id}", json={"is_active": False}).status_code == 200
    assert admin.patch(f"/users/{ada.id}", json={"is_active": True}).status_code == 200
    assert request(client, token).status_code == 401
    token = create_token(admin)["token"]
    typed = "staple of my diet\n" * 2
    assert run_command(app, "set-password", admin.username, typed=typed).exit_code == 0
    assert request(client, token).status_code == 401


def test_a_password_change_revokes_only_the_tokens_of_that_owner(app, ada, client, people, log_in):
    assert run_command(app, "set-password", ada.username, typed=f"{PASSWORD}\n" * 2).exit_code == 0
    ada = replace(ada, tokens=log_in("ada").json)
    token, other = create_token(ada, "write")["token"], create_token(people())["token"]
    wrong, right = ({"current_password": p, "new_password": "staple of my diet"} for p in ("wrong", PASSWORD))
    assert ada.put("/auth/password", json=wrong).status_code == 422
    assert request(client, token).status_code == 200
    assert ada.put("/auth/password", json=right).status_code == 204
    assert [request(client, one).status_code for one in (token, other)] == [401, 200]
    assert request(client, token, "POST", "/posts", json={"title": "x", "content": ""}).status_code == 401
    assert ada.get("/auth/tokens").json == {"data": []}


def test_ending_the_sessions_of_the_owner_does_not_revoke_a_token(ada, client):
    token = create_token(ada)["token"]
    assert ada.post("/auth/logout").status_code == 204
    assert request(client, token).status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        "blog_api_",
        "blog_api_x",
        "blog_api_" + "A" * 43,
        "blog_api_" + "A" * 5000,
        "BLOG_API_x",
        "blog_api_\xe9",
    ],
)
def test_an_invalid_token_is_rejected_even_on_public_routes(client, token):
    for path in ("/users/me", "/posts"):
        reply = request(client, token, path=path)
        assert (reply.status_code, reply.json["type"]) == (401, "/problems/unauthorized")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "", "blank"),
        ("name", "x" * 101, "too_long"),
        ("name", None, "null"),
        ("scopes", [], "length"),
        ("scopes", ["read", "write", "read"], "length"),
        ("scopes", "read", "wrong_type"),
        ("expires_at", "2020-01-01T00:00:00Z", "past"),
        ("expires_at", "2999-01-01", "malformed"),
        ("expires_at", None, "null"),
        ("token", "mine", "unknown"),
    ],
)
def test_an_invalid_field_of_a_new_token_is_reported(ada, field, value, code):
    reply = ada.post("/auth/tokens", json={"name": "x", "scopes": ["read"]} | {field: value})
    assert reply.status_code == 422
    assert [(fault["pointer"], fault["code"]) for fault in reply.json["errors"]] == [(f"/{field}", code)]


def test_an_unknown_scope_is_reported(ada):
    reply = ada.post("/auth/tokens", json={"name": "x", "scopes": ["read", "admin"]})
    assert [(fault["pointer"], fault["code"]) for fault in reply.json["errors"]] == [
        ("/scopes/1", "not_a_choice")
    ]


def test_the_token_limit_of_an_account_holds_for_concurrent_requests(ada, concurrently, sql):
    for number in range(47):
        sql(
            "INSERT INTO api_tokens (user_id, name, scopes, digest, expires_at)"
            " VALUES (:owner, 'x', 'read', :digest, :ends)",
            owner=ada.id, digest=f"{number:064}", ends=datetime.now(UTC) + timedelta(days=1),
        )  # fmt: skip
    body = {"name": "x", "scopes": ["read"]}
    replies = concurrently([(ada, "POST", "/auth/tokens", body)] * 8)
    assert sorted(reply.status_code for reply in replies) == [201] * 3 + [409] * 5


def test_authenticating_a_token_takes_one_statement(ada, client, count_queries):
    token = create_token(ada)["token"]
    for path, statements in (("/users/me", 2), ("/posts", 2)):
        with count_queries() as seen:
            assert request(client, token, path=path).status_code == 200
        assert len(seen) == statements
