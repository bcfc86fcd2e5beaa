"""Password resets over HTTP: what is asked for, and what is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import MetaData, select

from blog_api.services import outbox
from tests.blueprints.conftest import PASSWORD
from tests.blueprints.password_reset.helpers import NEW, PATH
from tests.smtp import receive


def test_a_letter_goes_to_the_domain_that_somebody_registered_with_and_to_none_that_is_like_it(
    app, client, request_reset, monkeypatch
):
    """Before 2008 the DNS had strasse.example for straße.example."""
    account = {"username": "ada", "email": "Ada@Straße.example", "password": PASSWORD}
    assert client.post("/api/v1/auth/register", json=account).status_code == 201
    request_reset("ada@strasse.example")
    with receive() as mailbox:
        server = f"smtp://127.0.0.1:{mailbox.port}?starttls=false"
        monkeypatch.setitem(app.config, "SMTP_URL", server)
        with app.app_context():
            assert outbox.send_due() == {"sent": 1}
    assert [recipients for _, recipients, _ in mailbox.taken] == [["Ada@xn--strae-oqa.example"]]


def everything(sql):
    """All that is stored, table by table."""
    metadata = MetaData()
    with sql.engine.connect() as connection:
        metadata.reflect(connection)
        return {table.name: connection.execute(select(table)).all() for table in metadata.tables.values()}


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
    ada, people, client, count_queries, request_reset, sql
):
    admin, gone = people("admin"), people(username="gone")
    admin.patch(f"/users/{gone.id}", json={"is_active": False})
    asked = []
    for email in ("ada@example.com", "nobody@example.com", "gone@example.com"):
        before = everything(sql)
        with count_queries() as statements:
            request_reset(email)
        asked.append(statements)
        changed = {name: rows for name, rows in everything(sql).items() if rows != before[name]}
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


def test_several_requests_in_a_short_time_send_one_letter(ada, request_reset, sent, sql):
    for _ in range(3):
        request_reset()
    assert len(sent()) == 1
    request_reset()
    assert sent() == []
    sql("UPDATE confirmations SET created_at = :then", then=datetime.now(UTC) - timedelta(minutes=11))
    request_reset()
    assert len(sent()) == 1


def test_nothing_that_is_stored_holds_a_token(sql, token):
    assert token not in repr(everything(sql))


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


def test_a_request_that_no_worker_took_up_for_a_day_is_not_sent(ada, request_reset, sent, sql):
    request_reset()
    now, limit = datetime.now(UTC), "SELECT count(*) FROM outbox WHERE expires_at <= :limit"
    assert sql.one(limit, limit=now + timedelta(days=1)) == 1
    sql("UPDATE outbox SET expires_at = :now", now=now)
    assert sent() == []


def test_production_without_a_server_of_mail_says_so(make_client, sql):
    settings = {"APP_ENV": "production", "DB_POOL_SIZE": "1", "DB_MAX_OVERFLOW": "0"}
    client = make_client(**settings)
    reply = client.post(PATH, json={"email": "ada@example.com"})
    assert (reply.status_code, reply.json["type"]) == (403, "/problems/mail-not-configured")
    assert sql("SELECT id FROM outbox") == []


def test_an_account_that_was_erased_gets_no_mail(ada, people, request_reset, sent, sql):
    request_reset("Ada@Example.com")
    people("admin").delete(f"/users/{ada['id']}?anonymise=true")
    assert sent() == []
    assert "Ada@Example.com" not in repr(everything(sql))
