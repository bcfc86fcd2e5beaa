"""Login, refresh, logout and the list of sessions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from argon2 import PasswordHasher
from sqlalchemy import QueuePool

from blog_api.crud import sessions as sessions_crud
from blog_api.crud import users as users_crud
from blog_api.database.session import db, transaction
from blog_api.security import passwords
from tests.blueprints.conftest import ADA, PASSWORD

LOGIN = {"username": "nobody", "password": PASSWORD}


@pytest.mark.parametrize("name", ["Ada", "ADA", "ａｄａ", " ada ", "ada@example.com", "ADA@EXAMPLE.COM"])
def test_login_takes_the_username_or_email_address_in_any_case(ada, log_in, name):
    reply = log_in(name)
    assert reply.status_code == 200
    assert set(reply.json) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (reply.json["token_type"], reply.json["expires_in"]) == ("Bearer", 900)


def test_every_failed_login_gets_the_same_response(app, ada, log_in):
    with app.app_context(), transaction():
        users_crud.create_user("imported")
        disabled = users_crud.create_user("disabled", password_hash=passwords.hash_password(PASSWORD))
        disabled.is_active = False
    replies = [
        log_in("ada", "wrong password"),
        log_in("nobody"),
        log_in("nobody@example.com"),
        log_in("imported"),
        log_in("imported", "x"),
        log_in("disabled"),
        log_in("not a username"),
    ]
    answers = []
    for reply in replies:
        assert reply.status_code == 401
        headers = {name: value for name, value in reply.headers if name != "X-Request-ID"}
        headers.pop("Content-Length")
        answers.append(({**reply.json, "request_id": ""}, headers))
    assert all(answer == answers[0] for answer in answers)
    assert "WWW-Authenticate" in replies[0].headers


def test_concurrent_logins_leave_no_more_sessions_than_allowed(ada, log_in, make_client, sql, monkeypatch):
    monkeypatch.setattr(sessions_crud, "MAX_SESSIONS", 3)
    other = make_client(DB_POOL_SIZE="30").application
    start = Barrier(12)

    def log_in_too(_number):
        client = other.test_client()
        start.wait()
        return client.post("/api/v1/auth/login", json={"username": "ada", "password": PASSWORD})

    with ThreadPoolExecutor(12) as threads:
        replies = list(threads.map(log_in_too, range(12)))
    assert [reply.status_code for reply in replies] == [200] * 12
    assert sql.one("SELECT count(*) FROM sessions") == 3


def test_logout_invalidates_both_tokens_immediately(people):
    ada = people()
    refresh = {"headers": {"Authorization": f"Bearer {ada.tokens['refresh_token']}"}}
    assert ada.post("/auth/logout").status_code == 204
    assert ada.get("/users/me").status_code == 401
    assert ada.post("/auth/logout").status_code == 401
    assert ada.post("/auth/refresh", **refresh).status_code == 401


def test_disabling_an_account_or_changing_its_role_takes_effect_at_the_next_request(people):
    admin, ada = people("admin"), people("author")
    assert admin.patch(f"/users/{ada.id}", json={"role": "reader"}).status_code == 200
    assert ada.post("/posts", json={"title": "x", "content": ""}).status_code == 403
    assert ada.get("/users/me").json["role"] == "reader"
    assert admin.patch(f"/users/{ada.id}", json={"is_active": False}).status_code == 200
    assert ada.get("/users/me").status_code == 401
    assert ada.get("/posts").status_code == 401
    refresh = {"headers": {"Authorization": f"Bearer {ada.tokens['refresh_token']}"}}
    assert ada.post("/auth/refresh", **refresh).status_code == 401


def test_an_account_disabled_in_the_database_loses_all_access(ada, log_in, send, sql):
    tokens = log_in().json
    made = send(tokens["access_token"], "POST", "/auth/tokens", json={"name": "Script", "scopes": ["read"]})
    uses = [
        (tokens["access_token"], "GET", "/users/me"),
        (tokens["access_token"], "GET", "/posts"),
        (made.json["token"], "GET", "/users/me"),
        (made.json["token"], "GET", "/posts"),
    ]
    for active, status in ((True, 200), (False, 401), (True, 200), (False, 401)):
        sql("UPDATE users SET is_active = :active", active=active)
        assert [send(*use).status_code for use in uses] == [status] * 4
    assert log_in().status_code == 401
    assert send(tokens["refresh_token"], "POST", "/auth/refresh").status_code == 401


def test_sessions_are_listed_latest_first_and_can_be_ended_singly_or_all_others_together(
    ada, log_in, send, people
):
    tokens = [
        log_in(headers={"User-Agent": f"agent {n} " + "x" * 300}).json["access_token"] for n in range(4)
    ]
    mine = send(tokens[0], "GET", "/auth/sessions").json["data"]
    assert len(mine) == 4
    assert [one["user_agent"][:7] for one in mine if one["current"]] == ["agent 0"]
    assert set(mine[0]) == {
        "id", "user_agent", "address", "created_at", "last_used_at", "expires_at", "current"
    }  # fmt: skip
    assert all(one["address"] == "127.0.0.1" and len(one["user_agent"]) == 200 for one in mine)
    other = next(one["id"] for one in mine if one["user_agent"].startswith("agent 1"))
    assert send(tokens[0], "DELETE", f"/auth/sessions/{other}").status_code == 204
    assert send(tokens[0], "DELETE", f"/auth/sessions/{other}").status_code == 404
    assert send(tokens[1], "GET", "/users/me").status_code == 401
    stranger = people()
    foreign = stranger.get("/auth/sessions").json["data"][0]["id"]
    assert send(tokens[0], "DELETE", f"/auth/sessions/{foreign}").status_code == 404
    assert send(tokens[0], "DELETE", "/auth/sessions").status_code == 204
    assert [send(token, "GET", "/users/me").status_code for token in tokens] == [200, 401, 401, 401]
    assert stranger.get("/users/me").status_code == 200


def test_a_password_change_ends_all_other_sessions(ada, log_in, send):
    here, there = log_in().json, log_in().json
    change = {"current_password": PASSWORD, "new_password": "staple of my diet"}
    assert send(here["access_token"], "PUT", "/auth/password", json=change).status_code == 204
    assert send(here["access_token"], "GET", "/users/me").status_code == 200
    assert send(there["access_token"], "GET", "/users/me").status_code == 401
    assert send(there["refresh_token"], "POST", "/auth/refresh").status_code == 401
    assert log_in().status_code == 401
    assert log_in(password="staple of my diet").status_code == 200


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"current_password": "wrong one", "new_password": "staple of my diet"}, "/current_password"),
        ({"current_password": PASSWORD, "new_password": "short"}, "/new_password"),
        ({"current_password": PASSWORD}, "/new_password"),
    ],
)
def test_a_rejected_password_change_names_the_reason_and_changes_nothing(ada, log_in, send, change, pointer):
    here, there = log_in().json, log_in().json
    reply = send(here["access_token"], "PUT", "/auth/password", json=change)
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, pointer)
    assert send(there["access_token"], "GET", "/users/me").status_code == 200


def test_a_login_concurrent_with_a_password_change_is_rejected(ada, log_in, send, monkeypatch):
    here = log_in().json
    verify = passwords.verify_password
    change = {"current_password": PASSWORD, "new_password": "staple of my diet"}

    def slowly(stored, password):
        monkeypatch.setattr(passwords, "verify_password", verify)
        # In another thread, because a nested request would share the database session of this one.
        with ThreadPoolExecutor(1) as other:
            reply = other.submit(send, here["access_token"], "PUT", "/auth/password", json=change).result()
        assert reply.status_code == 204
        return verify(stored, password)

    monkeypatch.setattr(passwords, "verify_password", slowly)
    assert log_in().status_code == 401
    assert len(send(here["access_token"], "GET", "/auth/sessions").json["data"]) == 1


def test_login_rehashes_a_password_with_outdated_parameters(app, log_in):
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    with app.app_context(), transaction():
        user_id = users_crud.create_user("ada", password_hash=weak).id
    assert log_in().status_code == 200
    with app.app_context(), transaction():
        renewed = users_crud.get_user(user_id).password_hash or ""
    assert renewed != weak
    assert not passwords.needs_rehash(renewed)
    assert log_in().status_code == 200


@pytest.mark.parametrize("path", ["register", "login"])
def test_no_connection_is_held_while_a_password_is_hashed(app, people, monkeypatch, path):
    ada = people()
    held = []

    def note(*_args):
        pool = db.engine.pool
        assert isinstance(pool, QueuePool)
        held.append(pool.checkedout())
        return "hash"

    monkeypatch.setattr(passwords, "verify_password", lambda *args: bool(note(*args)))
    monkeypatch.setattr(passwords, "hash_password", note)
    ada.post(f"/auth/{path}", json={**ADA, "username": "grace"} if path == "register" else LOGIN)
    assert held == [0]
