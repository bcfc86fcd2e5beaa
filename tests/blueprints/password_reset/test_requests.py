"""Requests for password resets, and the mail they send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import MetaData, select

from blog_api.services import outbox
from tests.blueprints.conftest import PASSWORD
from tests.blueprints.password_reset.helpers import NEW, PATH
from tests.smtp import receive


def test_mail_goes_only_to_the_registered_domain_and_not_a_similar_one(
    app, client, request_reset, monkeypatch
):
    """IDNA 2003 mapped straße.example to strasse.example."""
    account = {"username": "ada", "email": "Ada@Straße.example", "password": PASSWORD}
    assert client.post("/api/v1/auth/register", json=account).status_code == 201
    request_reset("ada@strasse.example")
    with receive() as mailbox:
        server = f"smtp://127.0.0.1:{mailbox.port}?starttls=false"
        monkeypatch.setitem(app.config, "SMTP_URL", server)
        with app.app_context():
            assert outbox.send_due() == {"sent": 1}
    assert [recipients for _, recipients, _ in mailbox.taken] == [["Ada@xn--strae-oqa.example"]]


def read_all_tables(sql):
    """Return all rows of all tables."""
    metadata = MetaData()
    with sql.engine.connect() as connection:
        metadata.reflect(connection)
        return {table.name: connection.execute(select(table)).all() for table in metadata.tables.values()}


def test_a_reset_by_mail_sets_the_password_and_ends_all_sessions(
    client, ada, send, log_in, request_reset, deliver_mail, confirm_reset
):
    access = log_in().json["access_token"]
    made = send(access, "POST", "/auth/tokens", json={"name": "Site", "scopes": ["read"]})
    request_reset("ADA@example.com")
    (message,) = deliver_mail()
    assert message.recipient == "Ada@Example.com"
    assert f"http://localhost:3000/reset-password#token={message.secret}\n" in message.text
    assert len(message.secret) >= 43
    assert confirm_reset(message.secret, NEW).status_code == 204
    for ended in (access, made.json["token"]):
        assert send(ended, "GET", "/users/me").status_code == 401
    assert log_in(password=PASSWORD).status_code == 401
    assert log_in(password=NEW).status_code == 200


def test_a_request_runs_the_same_statements_for_any_address(
    ada, people, client, count_queries, request_reset, sql
):
    admin, gone = people("admin"), people(username="gone")
    admin.patch(f"/users/{gone.id}", json={"is_active": False})
    asked = []
    for email in ("ada@example.com", "nobody@example.com", "gone@example.com"):
        before = read_all_tables(sql)
        with count_queries() as statements:
            request_reset(email)
        asked.append(statements)
        changed = {name: rows for name, rows in read_all_tables(sql).items() if rows != before[name]}
        assert list(changed) == ["outbox"]
        assert len(changed["outbox"]) == len(before["outbox"]) + 1
    assert asked[0] == asked[1] == asked[2]
    assert len(asked[0]) == 1


def test_unknown_addresses_and_disabled_accounts_get_no_mail(people, request_reset, deliver_mail):
    admin, gone = people("admin"), people(username="gone")
    admin.patch(f"/users/{gone.id}", json={"is_active": False})
    for email in ("nobody@example.com", "gone@example.com"):
        request_reset(email)
    assert deliver_mail() == []


def test_mail_goes_to_the_stored_address_and_not_a_lookalike(people, request_reset, deliver_mail):
    people(username="zoe")
    request_reset("ｚoe@example.com")
    assert [message.recipient for message in deliver_mail()] == ["zoe@example.com"]


def test_repeated_requests_in_a_short_time_send_one_mail(ada, request_reset, deliver_mail, sql):
    for _ in range(3):
        request_reset()
    assert len(deliver_mail()) == 1
    request_reset()
    assert deliver_mail() == []
    sql("UPDATE confirmations SET created_at = :then", then=datetime.now(UTC) - timedelta(minutes=11))
    request_reset()
    assert len(deliver_mail()) == 1


def test_no_token_is_stored_in_plain_text(sql, token):
    assert token not in repr(read_all_tables(sql))


def test_requested_and_completed_resets_are_audited_without_the_address(
    people, ada, deliver_mail, confirm_reset, request_reset
):
    admin = people("admin")
    where = {"REMOTE_ADDR": "192.0.2.77"}
    for email in ("ada@example.com", "nobody@example.com"):
        request_reset(email, headers={"X-Request-ID": "mine"}, environ_overrides=where)
    (message,) = deliver_mail()
    rows = admin.get("/audit?action=password.reset_requested").json["data"]
    assert [(row["user_id"], row["actor_id"], row["detail"]) for row in rows] == [(None, None, "")] * 2
    assert {(row["address"], row["request_id"]) for row in rows} == {("192.0.2.77", "mine")}
    confirm_reset("x" * 43, NEW)
    assert confirm_reset(message.secret, NEW).status_code == 204
    assert len(admin.get("/audit?action=token.refused").json["data"]) == 1
    (done,) = admin.get("/audit?action=password.reset").json["data"]
    assert (done["user_id"], done["actor_id"]) == (ada["id"], ada["id"])


def test_requests_and_confirmations_are_rate_limited(make_client):
    limits = {"RATELIMIT_PASSWORD_RESET": "2 per hour", "RATELIMIT_CONFIRM": "1 per hour"}
    client = make_client(RATELIMIT_ENABLED="true", **limits)
    asked = [client.post(PATH, json={"email": "ada@example.com"}).status_code for _ in range(3)]
    assert asked == [202, 202, 429]
    body = {"token": "x", "new_password": NEW}
    confirmed = [client.post(f"{PATH}/confirm", json=body) for _ in range(2)]
    assert [reply.status_code for reply in confirmed] == [422, 429]
    assert "Retry-After" in confirmed[1].headers


def test_a_reset_ends_a_lockout(make_client, ada, token):
    client = make_client(RATELIMIT_ENABLED="true", RATELIMIT_LOGIN="2 per hour")

    def log_in(password):
        body = {"username": "ada", "password": password}
        return client.post("/api/v1/auth/login", json=body).status_code

    assert [log_in(password) for password in ("wrong", "wrong", NEW)] == [401, 401, 429]
    assert client.post(f"{PATH}/confirm", json={"token": token, "new_password": NEW}).status_code == 204
    assert log_in(NEW) == 200


def test_a_request_older_than_a_day_is_not_sent(ada, request_reset, deliver_mail, sql):
    request_reset()
    now, limit = datetime.now(UTC), "SELECT count(*) FROM outbox WHERE expires_at <= :limit"
    assert sql.one(limit, limit=now + timedelta(days=1)) == 1
    sql("UPDATE outbox SET expires_at = :now", now=now)
    assert deliver_mail() == []


def test_production_without_mail_rejects_reset_requests(make_client, sql):
    settings = {"APP_ENV": "production", "DB_POOL_SIZE": "1", "DB_MAX_OVERFLOW": "0"}
    client = make_client(**settings)
    reply = client.post(PATH, json={"email": "ada@example.com"})
    assert (reply.status_code, reply.json["type"]) == (403, "/problems/mail-not-configured")
    assert sql("SELECT id FROM outbox") == []


def test_an_erased_account_gets_no_mail(ada, people, request_reset, deliver_mail, sql):
    request_reset("Ada@Example.com")
    people("admin").delete(f"/users/{ada['id']}?anonymise=true")
    assert deliver_mail() == []
    assert "Ada@Example.com" not in repr(read_all_tables(sql))
