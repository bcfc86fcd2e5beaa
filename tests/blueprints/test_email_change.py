"""Email changes: pending addresses, confirmations and notifications."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

NEW = "new@example.com"


@pytest.fixture
def ada(people):
    """Return ada, whose address is ada@example.com."""
    return people(username="ada")


@pytest.fixture
def confirm(client):
    """Confirm an address and return the response."""
    return lambda token: client.post("/api/v1/auth/email/confirm", json={"token": token})


def request_change(person, email=NEW):
    reply = person.patch("/users/me", json={"email": email})
    assert reply.status_code == 200, reply.text
    return reply.json


def with_tokens(messages):
    """Return the messages that contain a token."""
    return [message for message in messages if message.secret]


def assert_rejected(reply):
    assert reply.status_code == 422, reply.text
    assert [(f["pointer"], f["code"]) for f in reply.json["errors"]] == [("/token", "bad_token")]


def test_a_new_address_is_pending_until_confirmed_and_the_old_one_is_notified(ada, deliver_mail, confirm):
    changed = request_change(ada)
    assert (changed["email"], changed["pending_email"]) == ("ada@example.com", NEW)
    message, notice = deliver_mail()
    assert (message.recipient, notice.recipient, notice.secret) == (NEW, "ada@example.com", "")
    assert "change your password now" in notice.text
    assert NEW not in notice.text
    assert f"http://localhost:3000/confirm-email#token={message.secret}\n" in message.text
    assert ada.get("/users/me").json["email"] == "ada@example.com"
    reply = confirm(message.secret)
    assert (reply.status_code, reply.data) == (204, b"")
    after = ada.get("/users/me").json
    assert after["email"] == NEW
    assert "pending_email" not in after
    (later_notice,) = deliver_mail()
    assert (later_notice.recipient, later_notice.secret) == ("ada@example.com", "")
    assert NEW not in later_notice.text
    assert_rejected(confirm(message.secret))


def test_only_the_owner_and_admins_see_the_pending_address(ada, people, client):
    request_change(ada)
    for viewer in (ada, people("admin")):
        assert viewer.get(f"/users/{ada.id}").json["pending_email"] == NEW
        listed = {user["id"]: user for user in viewer.get("/users").json["data"]}
        assert listed[ada.id]["pending_email"] == NEW
    for reader in (people("editor").get, lambda path: client.get(f"/api/v1{path}")):
        assert NEW not in reader(f"/users/{ada.id}").text
        assert NEW not in reader("/users").text


def test_only_sending_the_current_address_cancels_a_pending_change(ada, deliver_mail, confirm):
    request_change(ada)
    (message,) = with_tokens(deliver_mail())
    assert ada.patch("/users/me", json={"bio": "New."}).json["pending_email"] == NEW
    assert "pending_email" not in request_change(ada, "ada@example.com")
    assert deliver_mail() == []
    assert_rejected(confirm(message.secret))
    assert ada.get("/users/me").json["email"] == "ada@example.com"


def test_the_latest_of_several_requested_addresses_wins(ada, deliver_mail, confirm):
    request_change(ada, "first@example.com")
    (first,) = with_tokens(deliver_mail())
    request_change(ada, "second@example.com")
    (second,) = with_tokens(deliver_mail())
    assert_rejected(confirm(first.secret))
    assert confirm(second.secret).status_code == 204
    assert ada.get("/users/me").json["email"] == "second@example.com"


def test_only_the_address_pending_at_delivery_gets_mail(ada, deliver_mail):
    for email in ("first@example.com", "second@example.com"):
        request_change(ada, email)
    assert [message.recipient for message in with_tokens(deliver_mail())] == ["second@example.com"]


def test_a_confirmation_token_expires_and_cannot_reset_a_password(
    ada, deliver_mail, confirm, confirm_reset, sql
):
    request_change(ada)
    (message,) = with_tokens(deliver_mail())
    assert_rejected(confirm_reset(message.secret, "staple of my diet"))
    sql("UPDATE confirmations SET expires_at = :now", now=datetime.now(UTC))
    assert_rejected(confirm(message.secret))


def test_a_reset_token_cannot_confirm_an_address(client, ada, deliver_mail, confirm):
    client.post("/api/v1/auth/password-reset", json={"email": "ada@example.com"})
    (message,) = with_tokens(deliver_mail())
    assert_rejected(confirm(message.secret))


def test_an_address_taken_in_the_meantime_is_a_conflict_that_keeps_the_token_valid(
    client, ada, people, deliver_mail, confirm
):
    request_change(ada)
    (message,) = with_tokens(deliver_mail())
    other = people(username="new")
    reply = confirm(message.secret)
    assert (reply.status_code, reply.json["type"]) == (409, "/problems/conflict")
    assert people("admin").delete(f"/users/{other.id}").status_code == 204
    assert confirm(message.secret).status_code == 204


def test_the_first_of_two_accounts_to_confirm_an_address_gets_it(people, deliver_mail, concurrently, sql):
    pair = [people(), people()]
    for person in pair:
        request_change(person)
    path = "/auth/email/confirm"
    bodies = [{"token": message.secret} for message in with_tokens(deliver_mail())]
    replies = concurrently([(person, "POST", path, body) for person, body in zip(pair, bodies, strict=True)])
    assert sorted(reply.status_code for reply in replies) == [204, 409]
    assert [owner for (owner,) in sql("SELECT id FROM users WHERE email = :new", new=NEW)] == [
        person.id for person, reply in zip(pair, replies, strict=True) if reply.status_code == 204
    ]


def test_concurrent_requests_use_a_confirmation_token_only_once(ada, deliver_mail, concurrently):
    request_change(ada)
    (message,) = with_tokens(deliver_mail())
    replies = concurrently([(ada, "POST", "/auth/email/confirm", {"token": message.secret})] * 5)
    assert sorted(reply.status_code for reply in replies) == [204, 422, 422, 422, 422]


def test_admins_change_addresses_of_others_immediately_but_must_confirm_their_own(ada, people, deliver_mail):
    admin = people("admin")
    request_change(ada)
    deliver_mail()
    changed = admin.patch(f"/users/{ada.id}", json={"email": "by.admin@example.com"}).json
    assert changed["email"] == "by.admin@example.com"
    assert "pending_email" not in changed
    assert [message.recipient for message in deliver_mail()] == ["ada@example.com"]
    own = admin.patch(f"/users/{admin.id}", json={"email": "root@example.com", "display_name": "Root"}).json
    assert (own["pending_email"], own["display_name"]) == ("root@example.com", "Root")
    assert own["email"] == f"{admin.username}@example.com"


def test_an_admin_can_demote_themself(people):
    admin, _other = people("admin"), people("admin")
    assert admin.patch(f"/users/{admin.id}", json={"role": "editor"}).json["role"] == "editor"


def test_an_admin_adding_an_address_to_an_account_without_one_notifies_nobody(ada, people, deliver_mail, sql):
    sql("UPDATE users SET email = NULL, email_key = NULL WHERE id = :id", id=ada.id)
    assert people("admin").patch(f"/users/{ada.id}", json={"email": NEW}).json["email"] == NEW
    assert deliver_mail() == []


def test_an_account_without_an_address_requesting_one_notifies_nobody_else(ada, deliver_mail, sql):
    sql("UPDATE users SET email = NULL, email_key = NULL WHERE id = :id", id=ada.id)
    request_change(ada)
    assert [message.recipient for message in deliver_mail()] == [NEW]


def test_a_change_cancelled_before_delivery_sends_no_mail(ada, deliver_mail):
    request_change(ada)
    request_change(ada, "ada@example.com")
    assert deliver_mail() == []


def test_a_disabled_or_erased_account_cannot_confirm_an_address(ada, people, deliver_mail, confirm):
    admin = people("admin")
    request_change(ada)
    (message,) = with_tokens(deliver_mail())
    admin.patch(f"/users/{ada.id}", json={"is_active": False})
    assert_rejected(confirm(message.secret))
    admin.delete(f"/users/{ada.id}?anonymise=true")
    assert "pending_email" not in admin.get(f"/users/{ada.id}").json


def test_email_changes_are_limited_per_account_including_rejected_ones(make_client, ada, people):
    people(username="grace")
    client = make_client(RATELIMIT_ENABLED="true", RATELIMIT_EMAIL_CHANGE="2 per hour", RATELIMIT_WRITE="off")

    def change(person, **fields):
        return client.patch("/api/v1/users/me", json=fields, headers=person.headers).status_code

    assert [change(ada, email=email) for email in ("grace@example.com", NEW, "x@example.com")] == [
        409,
        200,
        429,
    ]
    # Forms send all fields, so an unchanged address does not count. A thief who hit the limit cannot stop the owner
    # from cancelling.
    assert [change(ada, bio=f"{n}", email="ada@example.com") for n in range(3)] == [200] * 3
    assert "pending_email" not in ada.get("/users/me").json
    assert change(people(), email="y@example.com") == 200


def test_without_mail_only_admins_can_change_addresses_in_production(make_client, ada, people):
    client = make_client(APP_ENV="production", DB_POOL_SIZE="1", DB_MAX_OVERFLOW="0")
    reply = client.patch("/api/v1/users/me", json={"email": NEW}, headers=ada.headers)
    assert (reply.status_code, reply.json["type"]) == (403, "/problems/mail-not-configured")
    same = client.patch("/api/v1/users/me", json={"email": "ada@example.com"}, headers=ada.headers)
    assert same.status_code == 200
    path = f"/api/v1/users/{ada.id}"
    assert client.patch(path, json={"email": NEW}, headers=people("admin").headers).json["email"] == NEW


def test_requested_and_completed_email_changes_are_audited_without_addresses(
    ada, people, deliver_mail, confirm
):
    admin = people("admin")
    request_change(ada)
    (message,) = with_tokens(deliver_mail())
    confirm(message.secret)
    admin.patch(f"/users/{ada.id}", json={"email": "by.admin@example.com"})
    rows = admin.get(f"/audit?sort=created_at&user_id={ada.id}").json["data"]
    assert [(row["action"], row["actor_id"]) for row in rows] == [
        ("email.change_requested", ada.id),
        ("email.changed", ada.id),
        ("email.changed", admin.id),
    ]
    assert "@example.com" not in str(rows)
