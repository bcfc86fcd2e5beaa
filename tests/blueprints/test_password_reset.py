"""Password resets over HTTP: what is asked for, what is sent, and what a token is good for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from blog_api.database import Base, db, reading, transaction, utcnow
from blog_api.models import Confirmation, OutboxMessage
from blog_api.services import accounts
from tests.blueprints.conftest import PASSWORD

NEW = "staple of my diet"
PATH = "/api/v1/auth/password-reset"


@pytest.fixture
def request_reset(client):
    """Asks for a new password for an address."""

    def ask_for(email="ada@example.com", **options):
        reply = client.post(PATH, json={"email": email}, **options)
        assert (reply.status_code, reply.data) == (202, b""), reply.text

    return ask_for


@pytest.fixture
def token(ada, request_reset, sent):
    """A token that was sent to Ada."""
    request_reset()
    (letter,) = sent()
    return letter.secret


def everything(app):
    """All that is stored, table by table."""
    with app.app_context(), reading():
        return {table.name: db.session.execute(select(table)).all() for table in Base.metadata.sorted_tables}


def assert_refused(reply):
    assert reply.status_code == 422, reply.text
    assert [(f["pointer"], f["code"]) for f in reply.json["errors"]] == [("/token", "bad_token")]


def test_whoever_reads_the_mail_sets_a_new_password_and_all_logins_end(
    client, ada, ask, log_in, request_reset, sent, reset
):
    access = log_in().json["access_token"]
    made = ask(access, "POST", "/auth/tokens", json={"name": "Site", "scopes": ["read"]})
    request_reset("ADA@example.com")
    (letter,) = sent()
    assert letter.recipient == "Ada@Example.com"
    assert f"http://localhost:3000/reset-password#token={letter.secret}\n" in letter.text
    assert len(letter.secret) >= 43
    assert reset(letter.secret, NEW).status_code == 204
    for ended in (access, made.json["token"]):
        assert ask(ended, "GET", "/users/me").status_code == 401
    assert log_in(password=PASSWORD).status_code == 401
    assert log_in(password=NEW).status_code == 200


def test_the_request_writes_one_row_by_the_same_statements_whatever_the_address(
    app, ada, people, client, count_queries, request_reset
):
    admin, gone = people("admin"), people(username="gone")
    admin.patch(f"/users/{gone.id}", json={"is_active": False})
    asked = []
    for email in ("ada@example.com", "nobody@example.com", "gone@example.com"):
        before = everything(app)
        with count_queries() as statements:
            request_reset(email)
        asked.append(statements)
        changed = {name: rows for name, rows in everything(app).items() if rows != before[name]}
        assert list(changed) == ["outbox"]
        assert len(changed["outbox"]) == len(before["outbox"]) + 1
    assert asked[0] == asked[1] == asked[2]
    assert len(asked[0]) == 1


def test_no_mail_goes_to_an_address_that_no_account_has_nor_to_a_disabled_account(
    people, request_reset, sent
):
    admin, gone = people("admin"), people(username="gone")
    admin.patch(f"/users/{gone.id}", json={"is_active": False})
    for email in ("nobody@example.com", "gone@example.com"):
        request_reset(email)
    assert sent() == []


def test_mail_goes_to_the_address_of_the_account_and_not_to_one_that_looks_the_same(
    people, request_reset, sent
):
    people(username="zoe")
    request_reset("ｚoe@example.com")
    assert [letter.recipient for letter in sent()] == ["zoe@example.com"]


def test_several_requests_in_a_short_time_send_one_letter(app, ada, request_reset, sent):
    for _ in range(3):
        request_reset()
    assert len(sent()) == 1
    request_reset()
    assert sent() == []
    with app.app_context(), transaction() as session:
        session.execute(update(Confirmation).values(created_at=utcnow() - timedelta(minutes=11)))
    request_reset()
    assert len(sent()) == 1


def test_nothing_that_is_stored_holds_a_token(app, token):
    assert token not in repr(everything(app))


def test_a_token_is_spent_once(token, reset):
    assert reset(token, NEW).status_code == 204
    assert_refused(reset(token, NEW))


@pytest.mark.parametrize(
    ("password", "code"), [("short", "length"), ("Ada\u200bAda", "length"), ("password1", "too_easy")]
)
def test_a_password_that_is_refused_spends_no_token(token, reset, password, code):
    reply = reset(token, password)
    assert [(f["pointer"], f["code"]) for f in reply.json["errors"]] == [("/new_password", code)]
    assert reset(token, NEW).status_code == 204


def test_what_is_no_token_is_refused_like_one_that_was_used(client, reset, ada):
    for given in ("x", "x" * 43, "A" * 100, "'", "🔑"):
        assert_refused(reset(given, NEW))


def _by_owner(app, ada, ask, log_in):
    change = {"current_password": PASSWORD, "new_password": "of the owner"}
    reply = ask(log_in().json["access_token"], "PUT", "/auth/password", json=change)
    assert reply.status_code == 204


def _by_operator(app, ada, ask, log_in):
    with app.app_context(), transaction():
        accounts.set_password(ada["id"], "Ada", "of the operator")


def _by_time(app, ada, ask, log_in):
    with app.app_context(), transaction() as session:
        session.execute(update(Confirmation).values(expires_at=utcnow()))


@pytest.mark.parametrize("event", [_by_owner, _by_operator, _by_time])
def test_a_token_counts_no_more_after_another_change_of_the_password_nor_after_an_hour(
    app, ada, token, ask, log_in, reset, event
):
    event(app, ada, ask, log_in)
    assert_refused(reset(token, NEW))
    assert log_in(password=NEW).status_code == 401


def test_a_reset_voids_the_other_tokens_of_the_account(app, ada, token, request_reset, sent, reset):
    with app.app_context(), transaction() as session:
        session.execute(update(Confirmation).values(created_at=utcnow() - timedelta(minutes=11)))
    request_reset()
    (second,) = sent()
    assert reset(second.secret, NEW).status_code == 204
    assert_refused(reset(token, "another one of them"))


@pytest.mark.parametrize("change", [{"email": "other@example.com"}, {"is_active": False}])
def test_a_token_counts_no_more_once_the_account_is_disabled_or_has_another_address(
    ada, people, token, reset, change
):
    admin = people("admin")
    assert admin.patch(f"/users/{ada['id']}", json=change).status_code == 200
    admin.patch(f"/users/{ada['id']}", json={"is_active": True, "email": "ada@example.com"})
    assert_refused(reset(token, NEW))


def test_of_many_confirmations_at_once_one_succeeds(people, token, at_once, log_in):
    nobody = people()
    path = "/auth/password-reset/confirm"
    passwords = [f"password of thread {number}" for number in range(6)]
    replies = at_once(
        [(nobody, "POST", path, {"token": token, "new_password": password}) for password in passwords]
    )
    assert sorted(reply.status_code for reply in replies) == [204, 422, 422, 422, 422, 422]
    logins = [log_in(password=password).status_code for password in passwords]
    assert [reply.status_code == 204 for reply in replies] == [status == 200 for status in logins]


def test_a_reset_and_a_change_of_the_password_at_once_leave_one_of_the_two(
    ada, token, people, at_once, log_in
):
    class Owner:
        headers = {"Authorization": f"Bearer {log_in().json['access_token']}"}

    change = {"current_password": PASSWORD, "new_password": "of the owner"}
    confirm = {"token": token, "new_password": NEW}
    statuses = [
        reply.status_code
        for reply in at_once(
            [
                (people(), "POST", "/auth/password-reset/confirm", confirm),
                (Owner, "PUT", "/auth/password", change),
            ]
        )
    ]
    # Whoever comes second meets another password, a spent token, or an ended session.
    assert statuses in ([204, 422], [422, 204], [204, 401])
    last = NEW if statuses[0] == 204 else "of the owner"
    assert log_in(password=last).status_code == 200


def test_the_audit_tells_that_a_reset_was_asked_for_and_done_and_not_whose_address_it_was(
    people, ada, sent, reset, request_reset
):
    admin = people("admin")
    where = {"REMOTE_ADDR": "192.0.2.77"}
    for email in ("ada@example.com", "nobody@example.com"):
        request_reset(email, headers={"X-Request-ID": "mine"}, environ_overrides=where)
    (letter,) = sent()
    rows = admin.get("/audit?action=password.reset_requested").json["data"]
    assert [(row["user_id"], row["actor_id"], row["detail"]) for row in rows] == [(None, None, "")] * 2
    assert {(row["address"], row["request_id"]) for row in rows} == {("192.0.2.77", "mine")}
    reset("x" * 43, NEW)
    assert reset(letter.secret, NEW).status_code == 204
    assert len(admin.get("/audit?action=token.refused").json["data"]) == 1
    (done,) = admin.get("/audit?action=password.reset").json["data"]
    assert (done["user_id"], done["actor_id"]) == (ada["id"], ada["id"])


def test_requests_and_confirmations_are_limited(make_client):
    limits = {"RATELIMIT_PASSWORD_RESET": "2 per hour", "RATELIMIT_CONFIRM": "1 per hour"}
    client = make_client(RATELIMIT_ENABLED="true", **limits)
    asked = [client.post(PATH, json={"email": "ada@example.com"}).status_code for _ in range(3)]
    assert asked == [202, 202, 429]
    body = {"token": "x", "new_password": NEW}
    confirmed = [client.post(f"{PATH}/confirm", json=body) for _ in range(2)]
    assert [reply.status_code for reply in confirmed] == [422, 429]
    assert "Retry-After" in confirmed[1].headers


def test_who_was_locked_out_may_log_in_with_the_new_password(make_client, ada, token):
    client = make_client(RATELIMIT_ENABLED="true", RATELIMIT_LOGIN="2 per hour")

    def log_in(password):
        body = {"username": "ada", "password": password}
        return client.post("/api/v1/auth/login", json=body).status_code

    assert [log_in(password) for password in ("wrong", "wrong", NEW)] == [401, 401, 429]
    assert client.post(f"{PATH}/confirm", json={"token": token, "new_password": NEW}).status_code == 204
    assert log_in(NEW) == 200


def test_a_request_that_no_worker_took_up_for_a_day_is_not_sent(app, ada, request_reset, sent):
    request_reset()
    with app.app_context(), transaction() as session:
        (message,) = session.scalars(select(OutboxMessage))
        assert message.expires_at - utcnow() <= timedelta(days=1)
        message.expires_at = utcnow()
    assert sent() == []


def test_production_without_a_server_of_mail_says_so(app, make_client):
    settings = {"APP_ENV": "production", "DB_POOL_SIZE": "1", "DB_MAX_OVERFLOW": "0"}
    client = make_client(**settings)
    reply = client.post(PATH, json={"email": "ada@example.com"})
    assert (reply.status_code, reply.json["type"]) == (403, "/problems/mail-not-configured")
    with app.app_context(), reading():
        assert db.session.execute(select(OutboxMessage.id)).all() == []


def test_an_account_that_was_erased_gets_no_mail(app, ada, people, request_reset, sent):
    request_reset("Ada@Example.com")
    people("admin").delete(f"/users/{ada['id']}?anonymise=true")
    assert sent() == []
    assert "Ada@Example.com" not in repr(everything(app))
