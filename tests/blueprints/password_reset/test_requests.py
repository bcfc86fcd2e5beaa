"""Password resets over HTTP: what is asked for, and what is sent."""

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


def test_a_reset_by_mail_sets_the_password_and_ends_all_sessions(
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


def test_a_request_runs_the_same_statements_for_any_address(
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


def test_unknown_addresses_and_disabled_accounts_get_no_mail(people, request_reset, sent):
    admin, gone = people("admin"), people(username="gone")
    admin.patch(f"/users/{gone.id}", json={"is_active": False})
    for email in ("nobody@example.com", "gone@example.com"):
        request_reset(email)
    assert sent() == []


def test_mail_goes_to_the_stored_address_and_not_a_lookalike(people, request_reset, sent):
    people(username="zoe")
    request_reset("ｚoe@example.com")
    assert [letter.recipient for letter in sent()] == ["zoe@example.com"]


def test_repeated_requests_in_a_short_time_send_one_mail(ada, request_reset, sent, sql):
    for _ in range(3):
        request_reset()
    assert len(sent()) == 1
    request_reset()
    assert sent() == []
    sql("UPDATE confirmations SET created_at = :then", then=datetime.now(UTC) - timedelta(minutes=11))
    request_reset()
    assert len(sent()) == 1


def test_no_token_is_stored_in_plain_text(sql, token):
    assert token not in repr(everything(sql))


def test_requested_and_completed_resets_are_audited_without_the_address(
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


def test_a_request_older_than_a_day_is_not_sent(ada, request_reset, sent, sql):
    request_reset()
    now, limit = datetime.now(UTC), "SELECT count(*) FROM outbox WHERE expires_at <= :limit"
    assert sql.one(limit, limit=now + timedelta(days=1)) == 1
    sql("UPDATE outbox SET expires_at = :now", now=now)
    assert sent() == []


def test_production_without_mail_rejects_reset_requests(make_client, sql):
    settings = {"APP_ENV": "production", "DB_POOL_SIZE": "1", "DB_MAX_OVERFLOW": "0"}
    client = make_client(**settings)
    reply = client.post(PATH, json={"email": "ada@example.com"})
    assert (reply.status_code, reply.json["type"]) == (403, "/problems/mail-not-configured")
    assert sql("SELECT id FROM outbox") == []


def test_an_erased_account_gets_no_mail(ada, people, request_reset, sent, sql):
    request_reset("Ada@Example.com")
    people("admin").delete(f"/users/{ada['id']}?anonymise=true")
    assert sent() == []
    assert "Ada@Example.com" not in repr(everything(sql))
