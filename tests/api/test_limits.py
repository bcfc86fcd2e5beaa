"""Rate limits of logins and registrations, per client address."""

from __future__ import annotations

import pytest

from tests.apps import SECRET, make_app


@pytest.fixture
def make_limited_client(make_client):
    """Create clients of an app with rate limits."""
    return lambda **rates: make_client(RATELIMIT_ENABLED="true", **rates)


def log_in(client, path="/api/v1/auth/login", name="nobody", **options):
    return client.post(path, json={"username": name, "password": "x"}, **options)


def assert_limited(reply, seconds):
    assert (reply.status_code, reply.content_type) == (429, "application/problem+json")
    assert reply.json["type"] == "/problems/too-many-requests"
    assert reply.json["request_id"] == reply.headers["X-Request-ID"]
    assert 0 < int(reply.headers["Retry-After"]) <= seconds


def test_a_login_past_the_limit_is_429_with_retry_after(make_limited_client):
    client = make_limited_client(RATELIMIT_LOGIN="2 per minute")
    assert [log_in(client).status_code for _ in range(2)] == [401, 401]
    assert_limited(log_in(client), 60)
    assert client.get("/api/v1/posts").status_code == 200


def test_only_a_rejected_login_has_retry_after(make_limited_client):
    reply = log_in(make_limited_client(RATELIMIT_LOGIN="2 per minute"))
    assert reply.status_code == 401
    assert "Retry-After" not in reply.headers


def test_each_address_is_limited_separately(make_limited_client):
    client = make_limited_client(RATELIMIT_LOGIN="1 per minute")
    for address in ("192.0.2.1", "192.0.2.2"):
        there = {"environ_overrides": {"REMOTE_ADDR": address}}
        statuses = [log_in(client, name=f"{n} at {address}", **there).status_code for n in range(2)]
        assert statuses == [401, 429]


def test_registrations_have_a_separate_limit(make_limited_client):
    client = make_limited_client(RATELIMIT_LOGIN="1 per minute", RATELIMIT_REGISTER="1 per hour")
    assert log_in(client).status_code == 401
    statuses = [client.post("/api/v1/auth/register", json={}).status_code for _ in range(2)]
    assert statuses == [422, 429]


@pytest.mark.parametrize(
    "path",
    ["/api/v1/auth/login/", "/api/v1/auth//login", "//api/v1/auth/login", "/api/v1/auth/LOGIN", "/api/v1/auth/login%00",
     "/api/v1/auth/./login", "/api/v1/auth/login;x", "/api/v1/auth/login%20"],
)  # fmt: skip
def test_other_spellings_of_the_path_do_not_bypass_the_limit(make_limited_client, path):
    client = make_limited_client(RATELIMIT_LOGIN="1 per minute")
    assert log_in(client, path).status_code == 404
    assert [log_in(client).status_code for _ in range(2)] == [401, 429]


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-For": "192.0.2.9"}, {"X-Real-IP": "192.0.2.9"}, {"Forwarded": "for=192.0.2.9"},
     {"User-Agent": "other"}, {"X-HTTP-Method-Override": "PUT"}],
    ids=str,
)  # fmt: skip
def test_no_header_bypasses_the_limit(make_limited_client, headers):
    client = make_limited_client(RATELIMIT_LOGIN="1 per minute")
    assert [log_in(client, headers=headers).status_code for _ in range(2)] == [401, 429]
    assert log_in(client).status_code == 429


def test_the_address_behind_a_trusted_proxy_is_the_one_it_saw(make_limited_client):
    client = make_limited_client(RATELIMIT_LOGIN="1 per minute", TRUSTED_PROXIES="1")
    forged = [{"X-Forwarded-For": f"198.51.100.{number}, 192.0.2.9"} for number in range(2)]
    assert [log_in(client, headers=headers).status_code for headers in forged] == [401, 429]
    assert log_in(client, name="other", headers={"X-Forwarded-For": "192.0.2.8"}).status_code == 401


def test_nothing_is_rejected_if_limits_are_off(make_client):
    client = make_client(RATELIMIT_ENABLED="false", RATELIMIT_LOGIN="1 per minute")
    replies = [log_in(client) for _ in range(4)]
    assert {reply.status_code for reply in replies} == {401}
    assert "Retry-After" not in replies[0].headers


def test_limits_are_on_in_production_unless_turned_off(database_url):
    production = {"APP_ENV": "production", "SECRET_KEY": SECRET, "LOG_FORMAT": "text"}
    assert make_app(database_url, **production).config["RATELIMIT_ENABLED"] is True
    assert make_app(database_url, **production, RATELIMIT_ENABLED="off").config["RATELIMIT_ENABLED"] is False
