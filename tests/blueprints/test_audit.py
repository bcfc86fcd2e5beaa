"""The audit log: which events are recorded, with which details, and who can read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from blog_api.security import passwords
from tests.blueprints.conftest import PASSWORD
from tests.cli.helpers import run_command


@pytest.fixture(autouse=True)
def _hash_quickly(monkeypatch):
    monkeypatch.setattr(passwords, "hash_password", lambda password: "hash")
    monkeypatch.setattr(passwords, "verify_password", lambda stored, password: password == PASSWORD)
    monkeypatch.setattr(passwords, "needs_rehash", lambda stored: False)


@pytest.fixture
def admin(people):
    return people("admin")


@pytest.fixture
def events(admin):
    """Return the audit events, oldest first, as (action, actor, user, detail)."""

    def read(query=""):
        rows = admin.get(f"/audit?sort=created_at&limit=100{query}").json["data"]
        names = ("action", "actor_id", "user_id", "detail")
        return [tuple(row[name] for name in names) for row in rows]

    return read


def test_logins_are_audited_with_account_address_and_request_id(client, admin, ada, log_in):
    headers, where = {"X-Request-ID": "mine"}, {"REMOTE_ADDR": "192.0.2.77"}
    for name, password in (("ada", PASSWORD), ("ada", "wrong"), ("nobody", PASSWORD)):
        log_in(name, password, headers=headers, environ_overrides=where)
    rows = admin.get("/audit?sort=created_at").json["data"]
    assert [(row["action"], row["actor_id"], row["user_id"]) for row in rows] == [
        ("account.created", None, ada["id"]),
        ("login.succeeded", ada["id"], ada["id"]),
        ("login.failed", None, ada["id"]),
        ("login.failed", None, None),
    ]
    assert {(row["address"], row["request_id"]) for row in rows[1:]} == {("192.0.2.77", "mine")}
    assert set(rows[0]) == {
        "id", "action", "actor_id", "user_id", "detail", "address", "request_id", "created_at"
    }  # fmt: skip
    assert PASSWORD not in admin.get("/audit").text


def test_account_changes_by_admins_are_audited(admin, people, events):
    ada = people()
    admin.patch(f"/users/{ada.id}", json={"role": "editor", "display_name": "Ada B"})
    admin.patch(f"/users/{ada.id}", json={"role": "editor"})
    admin.patch(f"/users/{ada.id}", json={"is_active": False})
    admin.patch(f"/users/{ada.id}", json={"is_active": True})
    admin.delete(f"/users/{ada.id}")
    assert events() == [
        ("role.changed", admin.id, ada.id, "author to editor"),
        ("account.changed", admin.id, ada.id, "display_name"),
        ("account.disabled", admin.id, ada.id, ""),
        ("account.enabled", admin.id, ada.id, ""),
        ("account.deleted", admin.id, ada.id, ""),
    ]


def test_changes_of_passwords_email_addresses_and_tokens_are_audited(people, events):
    ada = people()
    ada.patch("/users/me", json={"email": "new@example.com", "bio": "New."})
    ada.put("/auth/password", json={"current_password": "wrong one", "new_password": "staple of my diet"})
    made = ada.post("/auth/tokens", json={"name": "Site", "scopes": ["read"]}).json
    ada.delete(f"/auth/tokens/{made['id']}")
    assert [event[0] for event in events()] == [
        "email.change_requested", "account.changed", "password.refused", "api_token.created", "api_token.revoked"
    ]  # fmt: skip
    assert all(event[1:3] == (ada.id, ada.id) for event in events())
    assert events("&action=account.changed")[0][3] == "bio"


def test_a_password_change_is_audited(app, ada, events, log_in, send):
    token, change = (
        log_in().json["access_token"],
        {"current_password": PASSWORD, "new_password": "staple of my diet"},
    )
    assert send(token, "PUT", "/auth/password", json=change).status_code == 204
    assert events()[-1] == ("password.changed", ada["id"], ada["id"], "")
    assert run_command(app, "set-password", "Ada", typed="staple of my diet\n" * 2).exit_code == 0
    assert events()[-1] == ("password.changed", None, ada["id"], "")


def test_ended_sessions_are_audited(ada, events, log_in, send):
    first, *_ = [log_in().json for _ in range(3)]
    numbers = [session["id"] for session in send(first["access_token"], "GET", "/auth/sessions").json["data"]]
    third_id, second_id, first_id = sorted(numbers, reverse=True)
    access = first["access_token"]
    assert send(access, "DELETE", f"/auth/sessions/{second_id}").status_code == 204
    assert send(access, "DELETE", f"/auth/sessions/{second_id}").status_code == 404
    assert send(access, "DELETE", "/auth/sessions").status_code == 204
    spent = first["refresh_token"]
    refreshed = send(spent, "POST", "/auth/refresh").json
    assert send(refreshed["refresh_token"], "POST", "/auth/refresh").status_code == 200
    assert send(spent, "POST", "/auth/refresh").status_code == 401
    assert send(log_in().json["access_token"], "POST", "/auth/logout").status_code == 204
    ended = [event[1:] for event in events("&action=session.ended")]
    assert ended == [
        (ada["id"], ada["id"], f"session {second_id}"),
        (ada["id"], ada["id"], f"all but session {first_id}"),
        (None, ada["id"], f"session {first_id}: refresh token used twice"),
        (ada["id"], ada["id"], f"session {third_id + 1}"),
    ]


def test_the_permanent_deletion_of_a_post_is_audited(admin, people, events):
    ada = people()
    kept, gone = ada.write("Kept"), ada.write("Gone")
    assert admin.delete(f"/posts/{kept['id']}").status_code == 204
    assert admin.delete(f"/posts/{gone['id']}?force=true").status_code == 204
    assert events() == [("post.purged", admin.id, ada.id, f"post {gone['id']}, gone")]


def test_denials_are_audited_without_the_denied_changes(people, events):
    ada, post = people(), people().write()
    assert ada.patch(f"/posts/{post['id']}", json={"title": "Mine"}).status_code == 403
    assert ada.get("/audit").status_code == 403
    assert events() == [
        ("access.denied", ada.id, ada.id, f"PATCH /api/v1/posts/{post['id']}"),
        ("access.denied", ada.id, ada.id, "GET /api/v1/audit"),
    ]


def test_denials_in_a_bulk_request_are_audited_in_one_row(people, events):
    ada, post = people(), people().write()
    denied = {"op": "update", "id": post["id"], "data": {"title": "Mine"}}
    operations = [denied, {"op": "create", "data": {"title": "Hello", "content": "Text."}}, denied]
    reply = ada.post("/posts/bulk", json={"mode": "each", "operations": operations})
    assert [result["status"] for result in reply.json["results"]] == [403, 201, 403]
    assert events() == [("access.denied", ada.id, ada.id, "POST /api/v1/posts/bulk, 2 operations")]
    assert ada.post("/posts/bulk", json={"mode": "atomic", "operations": operations}).status_code == 403
    assert events()[1:] == [("access.denied", ada.id, ada.id, "POST /api/v1/posts/bulk")]


def test_an_exceeded_rate_limit_is_audited(make_client, events):
    client = make_client(RATELIMIT_ENABLED="true", RATELIMIT_LOGIN="1 per minute")
    for _ in range(2):
        client.post("/api/v1/auth/login", json={"username": "nobody", "password": "x"})
    assert [event[0] for event in events()] == ["login.failed", "limit.hit"]


def test_too_many_failed_logins_are_audited_with_the_account(make_client, ada, events):
    client = make_client(RATELIMIT_ENABLED="true", RATELIMIT_LOGIN="1 per minute")
    for _ in range(2):
        client.post("/api/v1/auth/login", json={"username": "ADA", "password": "wrong"})
    assert [event[:3] for event in events()][1:] == [
        ("login.failed", None, ada["id"]),
        ("limit.hit", None, ada["id"]),
    ]


def test_the_number_of_rows_for_a_flood_of_denials_is_limited(people, events):
    ada = people()
    for _ in range(70):
        assert ada.get("/audit").status_code == 403
    assert 60 <= len(events(f"&actor_id={ada.id}")) < 70


def test_a_failed_audit_write_does_not_change_the_response(people, sql):
    sql("ALTER TABLE audit_events RENAME TO away")
    try:
        assert people().get("/audit").status_code == 403
    finally:
        sql("ALTER TABLE away RENAME TO audit_events")


def test_a_failed_change_is_not_audited(admin, events):
    assert admin.patch(f"/users/{admin.id}", json={"role": "author"}).status_code == 409
    assert events() == []


def test_only_admins_can_page_through_the_audit_log(admin, people, client, count_queries):
    ada = people()
    for number in range(5):
        ada.patch("/users/me", json={"bio": str(number)})
    assert client.get("/api/v1/audit").status_code == 401
    assert people("editor").get("/audit").status_code == 403
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        with count_queries() as statements:
            page = admin.get(f"/audit?limit=2{cursor and f'&cursor={cursor}'}").json
        assert len(statements) == 2
        seen += [row["id"] for row in page["data"]]
        cursor = page["pagination"]["next_cursor"]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 6
    assert len(admin.get(f"/audit?user_id={ada.id}").json["data"]) == 5
    assert admin.get("/audit?action=unknown").status_code == 422


def test_a_row_expires_after_a_year(ada, events, sql):
    now = datetime.now(UTC)
    among = "SELECT count(*) FROM audit_events WHERE expires_at BETWEEN :earliest AND :latest"
    assert sql.one(among, earliest=now + timedelta(days=364), latest=now + timedelta(days=365)) == 1
    sql("UPDATE audit_events SET expires_at = :now", now=now)
    assert len(events()) == 1
