"""Each request is logged as one line with its id. The log has no secrets, and clients cannot forge lines."""

from __future__ import annotations

import json
import logging
import re
import threading

import pytest
from sqlalchemy import text

from blog_api.crud import users as users_crud
from blog_api.database.session import db
from blog_api.monitoring.logs import JsonFormatter, TextFormatter

PASSWORD = "correct horse battery"
MEMBERS = {
    *("time", "level", "logger", "message", "request_id"),
    *("method", "route", "path", "status", "ms", "user_id"),
}


def test_each_request_is_logged_as_one_line_of_json(logged, people):
    client, lines = logged(LOG_FORMAT="json")
    ada = people()
    reply = client.get(f"/api/v1/users/{ada.id}?x=", headers=ada.headers)
    (line,) = lines()
    entry = json.loads(line)
    assert set(entry) == MEMBERS
    assert (entry["method"], entry["route"], entry["status"]) == ("GET", "/api/v1/users/<id:user_id>", 422)
    assert entry["path"] == f"/api/v1/users/{ada.id}"
    client.get("/api/v1/users/me", headers=ada.headers)
    entry = json.loads(lines()[0])
    assert (entry["user_id"], entry["level"]) == (ada.id, "info")
    assert 0 < entry["ms"] < 60_000
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", entry["time"])
    assert reply.headers["X-Request-ID"] != entry["request_id"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("PUT", "/api/v1/posts", 405), ("POST", "/api/v1/posts", 401),
     ("HEAD", "/health/live", 200), ("OPTIONS", "/api/v1/posts", 200), ("GET", "/health/ready", 200)],
)  # fmt: skip
def test_every_response_status_is_logged_as_one_line(logged, method, path, status):
    client, lines = logged(LOG_FORMAT="json")
    reply = client.open(path, method=method)
    (line,) = lines()
    entry = json.loads(line)
    assert (entry["status"], entry["method"]) == (status, method)
    assert entry["request_id"] == reply.headers["X-Request-ID"]
    assert entry["user_id"] is None


def test_a_cached_response_is_logged_like_any_other(logged, people):
    people().write()
    client, lines = logged(LOG_FORMAT="json")
    for _ in range(2):
        client.get("/api/v1/posts")
    lines()
    client.get("/api/v1/posts", headers={"X-Request-ID": "mine"})
    (entry,) = map(json.loads, lines())
    assert (entry["route"], entry["path"], entry["status"]) == ("/api/v1/posts", "/api/v1/posts", 200)
    assert (entry["method"], entry["user_id"], entry["request_id"]) == ("GET", None, "mine")


def test_the_text_format_has_one_line_with_the_same_fields(logged):
    client, lines = logged(LOG_FORMAT="text")
    reply = client.get("/api/v1/posts")
    (line,) = lines()
    assert re.match(r"\d\d:\d\d:\d\d\.\d{3} INFO request ", line)
    for part in (
        f"request_id={reply.headers['X-Request-ID']!r}",
        "method='GET'",
        "route='/api/v1/posts'",
        "status=200",
    ):
        assert part in line


def test_the_default_format_is_json_in_production_and_text_elsewhere(database_url, make_client, logged):
    from_production = {"APP_ENV": "production", "RATELIMIT_ENABLED": "false"}
    for settings, first in ((from_production, "{"), ({}, "0123456789")):
        client, lines = logged(**settings)
        client.get("/health/live")
        assert lines()[0][0] in first


@pytest.mark.parametrize("given", ["a", "x" * 64, "6f1c-A.b_9"])
def test_a_valid_request_id_is_kept(logged, given):
    client, lines = logged(LOG_FORMAT="json")
    assert client.get("/health/live", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given
    assert json.loads(lines()[0])["request_id"] == given


@pytest.mark.parametrize(
    "given", ["", "x" * 65, "a b", "a\nb", "a\n", "ä", "<script>", '"', "a\x00", "a\x85b", "a,b"]
)
def test_an_invalid_request_id_is_replaced(logged, given):
    client, lines = logged(LOG_FORMAT="json")
    reply = client.get("/nothing", environ_overrides={"HTTP_X_REQUEST_ID": given})
    assert re.fullmatch("[0-9a-f]{32}", reply.headers["X-Request-ID"])
    (line,) = lines()
    assert json.loads(line)["request_id"] == reply.json["request_id"] == reply.headers["X-Request-ID"]


def test_each_request_has_its_own_id(client):
    ids = {client.get("/health/live").headers["X-Request-ID"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_request_data_cannot_forge_log_lines(logged, log_format):
    client, lines = logged(LOG_FORMAT=log_format)
    forged = "\n12:00:00.000 INFO request forged \r\u2028\x85{}"
    raw = forged.encode().decode("latin-1")
    environ = {"PATH_INFO": f"/x{raw}", "QUERY_STRING": raw, "HTTP_USER_AGENT": raw, "HTTP_REFERER": raw,
               "HTTP_X_REQUEST_ID": raw, "HTTP_AUTHORIZATION": raw}  # fmt: skip
    assert client.get("/", environ_overrides=environ).status_code == 404
    assert client.get("/", environ_overrides=environ | {"HTTP_HOST": raw}).status_code == 400
    assert client.open("/health/live", method="GE\nT forged").status_code == 405
    seen = lines()
    assert len(seen) == 3
    assert "INFO request forged" not in "".join(seen)


FORGED = "\n12:00:00.000 INFO forged\r\x1b[2K\x0b\x0c\x1c\x85\u2028\u2029{}\x00\x7f"


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_exception_messages_cannot_forge_log_entries(logged, monkeypatch, log_format):
    client, lines = logged(LOG_FORMAT=log_format)

    def fail(*_args, **_values):
        raise RuntimeError(FORGED)

    monkeypatch.setattr(users_crud, "create_user", fail)
    account = {"username": "ada", "email": "ada@example.com", "password": PASSWORD}
    assert client.post("/api/v1/auth/register", json=account).status_code == 500
    seen = lines()
    if log_format == "json":
        assert len(seen) == 2
        assert FORGED in json.loads(seen[0])["exception"]
    else:
        entries = [line for line in seen if not line.startswith("    ")]
        assert [re.sub(r"^[\d:.]+ (\w+) .*", r"\1", line) for line in entries] == ["ERROR", "INFO"]
        assert any("    12:00:00.000 INFO forged" in line for line in seen)


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()], ids=["json", "text"])
@pytest.mark.parametrize("content", [FORGED, "a\ud800b", "\U000e0001"], ids=ascii)
def test_a_message_is_always_one_line(formatter, content):
    record = logging.LogRecord(
        "blog_api", logging.WARNING, "", 1, "%s failed", (content.replace("\ud800", ""),), None
    )
    record.fields = {"reason": content.replace("\ud800", "")}
    try:
        raise ValueError(content)
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)
    lines = formatter.format(record).splitlines()
    assert len([line for line in lines if not line.startswith("    ")]) == 1


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_no_secret_of_a_session_is_logged(logged, log_format):
    client, lines = logged(LOG_FORMAT=log_format, LOG_LEVEL="DEBUG")
    account = {"username": "ada", "email": "ada@secret.example", "password": PASSWORD}
    assert client.post("/api/v1/auth/register", json=account).status_code == 201
    assert client.post("/api/v1/auth/register", json=account).status_code == 409
    assert client.post("/api/v1/auth/register", json={**account, "password": "wrong-7"}).status_code == 422
    assert (
        client.post("/api/v1/auth/login", json={"username": "ada", "password": "wrong-password"}).status_code
        == 401
    )
    tokens = client.post("/api/v1/auth/login", json={"username": "ada", "password": PASSWORD}).json
    headers = {"Authorization": f"Bearer {tokens['refresh_token']}"}
    renewed = client.post("/api/v1/auth/refresh", headers=headers).json
    headers = {"Authorization": f"Bearer {renewed['access_token']}"}
    post = {"title": "Secret title", "content": "Secret content"}
    assert client.post("/api/v1/posts", json=post, headers=headers).status_code == 201
    change = {"current_password": PASSWORD, "new_password": "staple of my diet"}
    assert client.put("/api/v1/auth/password", json=change, headers=headers).status_code == 204
    assert client.get("/api/v1/users/me?token=secret-in-query", headers=headers).status_code == 422
    written = "\n".join(lines())
    secrets = [PASSWORD, "staple of my diet", "wrong-password", "wrong-7", "argon2", "secret-in-query",
               "secret.example", "Secret", *(pair[kind] for pair in (tokens, renewed)
                                             for kind in ("access_token", "refresh_token"))]  # fmt: skip
    assert len(written.splitlines()) == 9
    assert not [secret for secret in secrets if secret in written]


@pytest.mark.parametrize("app_env", ["production", "development", "testing"])
@pytest.mark.parametrize("log_format", ["json", "text"])
def test_a_failed_statement_is_logged_without_its_parameters(logged, monkeypatch, log_format, app_env):
    settings = {"APP_ENV": app_env, "RATELIMIT_ENABLED": "false", "REGISTRATION_OPEN": "true"}
    client, lines = logged(**settings, LOG_FORMAT=log_format)

    def fail(**values):
        # PostgreSQL shows about 60 characters around a syntax error.
        statement = (
            "INSERT INTO nowhere is (a_column_whose_name_is_longer_than_what_is_shown_of_a_statement, email) "
        )
        db.session.execute(text(statement + "VALUES (:password_hash, :email)"), values)

    monkeypatch.setattr(users_crud, "create_user", fail)
    account = {"username": "ada", "email": "ada@secret.example", "password": PASSWORD}
    reply = client.post("/api/v1/auth/register", json=account)
    assert reply.status_code == 500
    written = "\n".join(lines())
    assert "INSERT INTO nowhere" in written
    assert reply.headers["X-Request-ID"] in written
    assert "argon2" not in written
    assert "secret.example" not in written


def test_the_reason_for_a_503_is_logged(logged):
    client, lines = logged(LOG_FORMAT="json", DB_POOL_TIMEOUT="1")
    app = client.application
    with app.app_context():
        held = db.engine.connect()
        replies = []
        thread = threading.Thread(target=lambda: replies.append(client.get("/api/v1/posts")))
        thread.start()
        thread.join()
        held.close()
    reason, request = map(json.loads, lines())
    assert (reason["level"], reason["message"], request["status"]) == ("warning", "unavailable", 503)
    assert "QueuePool" in reason["reason"]
    assert reason["request_id"] == request["request_id"] == replies[0].json["request_id"]


def test_log_level_is_a_setting(logged):
    client, lines = logged(LOG_LEVEL="WARNING")
    assert client.get("/health/live").status_code == 200
    assert lines() == []
