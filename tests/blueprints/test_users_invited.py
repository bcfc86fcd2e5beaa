"""Accounts that admins create for others, who set their own password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.blueprints.conftest import PASSWORD

GRACE = {"username": "Grace", "email": "Grace@example.com", "role": "editor", "display_name": "Grace Hopper"}


@pytest.fixture
def admin(people):
    return people("admin")


def test_an_invited_user_sets_a_password_with_the_link_in_the_mail(
    admin, log_in, deliver_mail, confirm_reset, client
):
    reply = admin.post("/users", GRACE)
    assert reply.status_code == 201, reply.text
    assert {name: reply.json[name] for name in GRACE} == GRACE
    assert reply.json["is_active"] is True
    assert reply.headers["Location"] == f"/api/v1/users/{reply.json['id']}"
    assert log_in("grace").status_code == 401
    (message,) = deliver_mail()
    assert message.recipient == "Grace@example.com"
    assert "Hello Grace" in message.text
    assert f"token={message.secret}" in message.text
    assert message.secret not in admin.get("/audit").text
    assert confirm_reset(message.secret, PASSWORD).status_code == 204
    assert log_in("grace").status_code == 200
    assert confirm_reset(message.secret, "another password").status_code == 422


def test_the_link_is_valid_for_seven_days(admin, deliver_mail, sql):
    admin.post("/users", GRACE)
    deliver_mail()
    ((expires_at,),) = sql("SELECT expires_at FROM confirmations")
    if isinstance(expires_at, str):
        expires_at = datetime.fromisoformat(expires_at).replace(tzinfo=UTC)
    assert timedelta(days=6, hours=23) < expires_at - datetime.now(UTC) <= timedelta(days=7)


def test_an_invited_user_can_also_request_a_password_reset(
    admin, client, deliver_mail, confirm_reset, log_in, sql
):
    admin.post("/users", GRACE)
    deliver_mail()
    # The link was lost, and no second one is sent within minutes.
    sql("DELETE FROM confirmations")
    asked = client.post("/api/v1/auth/password-reset", json={"email": GRACE["email"]})
    assert asked.status_code == 202
    (message,) = deliver_mail()
    assert confirm_reset(message.secret, PASSWORD).status_code == 204
    assert log_in("grace").status_code == 200


def test_no_invitation_is_sent_to_a_former_address_or_a_disabled_account(admin, deliver_mail):
    moved = admin.post("/users", GRACE).json["id"]
    disabled = admin.post("/users", GRACE | {"username": "ada", "email": "ada@example.com"}).json["id"]
    assert admin.patch(f"/users/{moved}", json={"email": "new@example.com"}).status_code == 200
    assert admin.patch(f"/users/{disabled}", json={"is_active": False}).status_code == 200
    assert [message.secret for message in deliver_mail()] == [""]


@pytest.mark.parametrize("role", ["reader", "author", "editor"])
def test_only_admins_can_create_accounts_for_others(people, client, role):
    assert people(role).post("/users", GRACE).status_code == 403
    assert client.post("/api/v1/users", json=GRACE).status_code == 401


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"username": None}, "/username", "null"),
        ({"username": "x"}, "/username", "too_short"),
        ({"email": "nobody"}, "/email", "malformed"),
        ({"role": "king"}, "/role", "not_a_choice"),
        ({"password": PASSWORD}, "/password", "unknown"),
        ({"is_active": False}, "/is_active", "unknown"),
    ],
)
def test_invalid_input_names_the_field(admin, change, pointer, code):
    reply = admin.post("/users", GRACE | change)
    assert reply.status_code == 422
    assert [(f["pointer"], f["code"]) for f in reply.json["errors"]] == [(pointer, code)]


@pytest.mark.parametrize("name", ["username", "email", "role"])
def test_a_required_member_may_not_be_missing(admin, name):
    reply = admin.post("/users", {key: value for key, value in GRACE.items() if key != name})
    assert reply.status_code == 422
    assert [f["pointer"] for f in reply.json["errors"]] == [f"/{name}"]


@pytest.mark.parametrize("name", ["username", "email"])
def test_a_taken_name_or_address_is_a_conflict_and_sends_no_mail(admin, deliver_mail, name):
    assert admin.post("/users", GRACE).status_code == 201
    other = {"username": "ada", "email": "ada@example.com"}
    reply = admin.post("/users", GRACE | other | {name: GRACE[name].upper()})
    assert (reply.status_code, [f["pointer"] for f in reply.json["errors"]]) == (409, [f"/{name}"])
    assert len(deliver_mail()) == 1


def test_a_repeated_request_with_the_same_key_creates_one_account(admin, deliver_mail):
    key = {"Idempotency-Key": "invite-grace"}
    first, again = (admin.post("/users", GRACE, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code, again.data) == (201, 201, first.data)
    assert len(deliver_mail()) == 1


def test_without_mail_nobody_can_be_invited(admin, make_client):
    client = make_client(APP_ENV="production", DB_POOL_SIZE="1", DB_MAX_OVERFLOW="0")
    reply = client.post("/api/v1/users", json=GRACE, headers=admin.headers)
    assert (reply.status_code, reply.json["type"]) == (403, "/problems/mail-not-configured")


def test_an_invitation_is_audited(admin):
    created = admin.post("/users", GRACE).json
    (event,) = admin.get("/audit?action=account.created").json["data"]
    assert (event["user_id"], event["actor_id"], event["detail"]) == (created["id"], admin.id, "editor")
