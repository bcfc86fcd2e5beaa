"""Rate limits of reads and writes by user or address, and the RateLimit headers."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.apps import SECRET, make_app
from tests.databases import on_one_database
from tests.http import ask
from tests.redis_server import redis_server
from tests.service import launch

POSTS = "/api/v1/posts"


@pytest.fixture
def make_limited_client(make_client):
    """Create clients of an app with rate limits."""
    return lambda **rates: make_client(RATELIMIT_ENABLED="true", **rates)


def post(client, person=None, **options):
    headers = person.headers if person else {}
    return client.post(POSTS, json={"title": "x", "content": ""}, headers=headers, **options)


def at(address):
    return {"environ_overrides": {"REMOTE_ADDR": address}}


def test_a_response_has_the_policy_and_the_remaining_requests(make_limited_client):
    client = make_limited_client(RATELIMIT_READ="3 per minute")
    for left in (2, 1, 0):
        reply = client.get(POSTS)
        assert reply.status_code == 200
        assert reply.headers["RateLimit-Policy"] == '"read";q=3;w=60'
        assert re.fullmatch(rf'"read";r={left};t=(59|60)', reply.headers["RateLimit"])


def test_a_request_past_the_limit_is_429_until_the_window_ends(make_limited_client):
    client = make_limited_client(RATELIMIT_READ="1 per minute")
    assert client.get(POSTS).status_code == 200
    reply = client.get(f"{POSTS}/999")
    assert (reply.status_code, reply.json["type"]) == (429, "/problems/too-many-requests")
    assert reply.headers["RateLimit"] == f'"read";r=0;t={reply.headers["Retry-After"]}'
    assert reply.json["detail"] == f"Rate limit exceeded. Retry in {reply.headers['Retry-After']} seconds."


@pytest.mark.parametrize("ask_for", ["/posts/999", "/posts?x=1", "/users/me"])
def test_error_responses_have_the_headers_too(make_limited_client, ask_for):
    reply = make_limited_client(RATELIMIT_READ="3 per minute").get(f"/api/v1{ask_for}")
    assert reply.status_code >= 400
    assert '"read";r=2;' in reply.headers["RateLimit"]


def test_reads_and_writes_are_counted_separately(make_limited_client, people):
    ada, client = people(), make_limited_client(RATELIMIT_READ="2 per minute", RATELIMIT_WRITE="1 per minute")
    assert [post(client, ada).status_code for _ in range(2)] == [201, 429]
    assert client.get(POSTS, headers=ada.headers).status_code == 200
    assert client.head(POSTS, headers=ada.headers).status_code == 200
    assert client.get("/api/v1/tags", headers=ada.headers).status_code == 429


def test_several_rates_apply_together(make_limited_client):
    reply = make_limited_client(RATELIMIT_READ="2 per minute; 100 per hour").get(POSTS)
    assert reply.headers["RateLimit-Policy"] == '"read";q=2;w=60, "read-2";q=100;w=3600'
    assert re.fullmatch(r'"read";r=1;t=\d+, "read-2";r=99;t=\d+', reply.headers["RateLimit"])


def test_a_registration_counts_as_registration_and_as_write(make_limited_client):
    client = make_limited_client(RATELIMIT_REGISTER="2 per hour", RATELIMIT_WRITE="5 per minute")
    reply = client.post("/api/v1/auth/register", json={})
    assert reply.headers["RateLimit-Policy"] == '"register";q=2;w=3600, "write";q=5;w=60'


def test_registrations_with_a_token_are_counted_by_address(make_limited_client, people):
    client = make_limited_client(RATELIMIT_REGISTER="1 per hour")
    statuses = [
        client.post("/api/v1/auth/register", json={}, headers=person.headers).status_code
        for person in (people(), people())
    ]
    assert statuses == [422, 429]


def test_users_are_counted_across_addresses_and_anonymous_requests_by_address(make_limited_client, people):
    ada, grace = people(), people()
    client = make_limited_client(RATELIMIT_WRITE="1 per minute")
    assert post(client, ada, **at("192.0.2.1")).status_code == 201
    assert post(client, ada, **at("192.0.2.2")).status_code == 429
    assert post(client, grace, **at("192.0.2.1")).status_code == 201
    assert post(client, **at("192.0.2.1")).status_code == 401
    assert post(client, **at("192.0.2.1")).status_code == 429
    assert post(client, **at("192.0.2.2")).status_code == 401


def test_invalid_tokens_do_not_bypass_the_limit(make_limited_client, people):
    client = make_limited_client(RATELIMIT_WRITE="1 per minute")
    good = people().tokens["access_token"]
    forged = [f"Bearer {good[:-number]}x" for number in range(2, 5)] + ["Basic x", "Bearer", ""]
    replies = [client.post(POSTS, json={}, headers={"Authorization": one}) for one in forged]
    assert [reply.status_code for reply in replies] == [401] + [429] * 5


def test_api_tokens_are_counted_by_address(make_limited_client, people):
    ada = people()
    made = ada.post("/auth/tokens", {"name": "x", "scopes": ["write"], "expires_at": "2099-01-01T00:00:00Z"})
    client = make_limited_client(RATELIMIT_WRITE="1 per minute")
    token = {"Authorization": f"Bearer {made.json['token']}"}
    assert client.post(POSTS, json={"title": "x", "content": ""}, headers=token).status_code == 201
    assert client.post(POSTS, json={}).status_code == 429


def test_ipv6_addresses_are_counted_by_network(make_limited_client):
    client = make_limited_client(RATELIMIT_READ="1 per minute")
    addresses = ["2001:db8::1", "2001:db8:0:0:ffff::1", "2001:db8:0:1::1"]
    assert [client.get(POSTS, **at(address)).status_code for address in addresses] == [200, 429, 200]


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-For": "192.0.2.9"}, {"X-Real-IP": "192.0.2.9"}, {"Forwarded": "for=192.0.2.9"},
     {"X-HTTP-Method-Override": "GET"}, {"Idempotency-Key": "k"}, {"Origin": "https://evil.example"}],
    ids=str,
)  # fmt: skip
def test_no_header_bypasses_the_limit(make_limited_client, headers):
    client = make_limited_client(RATELIMIT_WRITE="1 per minute")
    assert [client.post(POSTS, json={}, headers=headers).status_code for _ in range(2)] == [401, 429]


def test_routes_without_a_limit_have_no_headers_and_are_never_rejected(make_limited_client):
    client = make_limited_client(RATELIMIT_READ="1 per minute")
    for path in ("/health/live", "/health/ready", "/openapi.json", "/nothing"):
        for _ in range(2):
            reply = client.get(path)
            assert reply.status_code in (200, 404)
            assert "RateLimit" not in reply.headers
    assert client.options(POSTS).status_code == 200
    assert client.get(POSTS).status_code == 200


def test_cached_responses_have_current_rate_limit_headers(make_limited_client, people):
    people().write()
    client = make_limited_client(RATELIMIT_READ="10 per minute")
    left = [client.get(POSTS).headers.getlist("RateLimit") for _ in range(4)]
    assert [re.findall(r"r=(\d+)", one) for (one,) in left] == [["9"], ["8"], ["7"], ["6"]]


def test_replayed_responses_are_counted_and_have_current_rate_limit_headers(make_limited_client, people):
    ada, client = people(), make_limited_client(RATELIMIT_WRITE="9 per minute")
    headers = ada.headers | {"Idempotency-Key": "k"}
    replies = [client.post(POSTS, json={"title": "x", "content": ""}, headers=headers) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [201, 201]
    assert [re.findall(r"r=(\d+)", reply.headers["RateLimit"]) for reply in replies] == [["8"], ["7"]]


def test_nothing_is_counted_if_limits_are_off(make_client):
    client = make_client(RATELIMIT_ENABLED="false", RATELIMIT_READ="1 per minute")
    for _ in range(3):
        reply = client.get(POSTS)
        assert reply.status_code == 200
        assert "RateLimit-Policy" not in reply.headers


def test_production_limits_only_writes_by_default(database_url):
    production = {"APP_ENV": "production", "SECRET_KEY": SECRET, "LOG_FORMAT": "text"}
    config = make_app(database_url, **production).config
    assert [str(rate) for rate in config["RATELIMIT_WRITE"]] == ["600 per 1 minute"]
    assert config["RATELIMIT_READ"] == []
    assert make_app(database_url, **production, RATELIMIT_WRITE="off").config["RATELIMIT_WRITE"] == []


def test_the_first_rejection_of_each_window_is_audited(make_limited_client, people):
    admin, ada = people("admin"), people()
    client = make_limited_client(RATELIMIT_WRITE="1 per minute")
    for person, address in ((ada, "192.0.2.1"), (ada, "192.0.2.2"), (None, "192.0.2.3")):
        for _ in range(4):
            post(client, person, **at(address))
    rows = admin.get("/audit?action=limit.hit").json["data"]
    assert [(row["user_id"], row["address"], row["detail"]) for row in reversed(rows)] == [
        (ada.id, "192.0.2.1", f"POST {POSTS}"),
        (None, "192.0.2.3", f"POST {POSTS}"),
    ]


def test_the_first_rejected_login_is_audited(make_limited_client, people):
    admin, client = people("admin"), make_limited_client(RATELIMIT_LOGIN="1 per minute")
    for _ in range(5):
        client.post("/api/v1/auth/login", json={"username": "nobody", "password": "x"})
    assert len(admin.get("/audit?action=limit.hit").json["data"]) == 1


def statuses_of(service, count):
    """Send `count` anonymous requests concurrently and return their statuses."""
    with ThreadPoolExecutor(8) as pool:
        return sorted(pool.map(lambda _: ask(service.url, "POST", POSTS, {}).status, range(count)))


@on_one_database
def test_workers_share_counts_in_redis_and_count_alone_while_it_is_down(database_url, app):
    with redis_server() as redis:
        settings = {"RATELIMIT_ENABLED": "true", "RATELIMIT_WRITE": "30 per minute"}
        with launch(database_url, RATELIMIT_STORAGE_URL=redis.url, **settings) as service:
            assert statuses_of(service, 50) == [401] * 30 + [429] * 20
            redis.stop()
            # Two workers, each counting from zero.
            statuses = statuses_of(service, 80)
            assert set(statuses) == {401, 429}
            assert 30 <= statuses.count(401) <= 60
            assert 1 <= service.read_output().count("Redis is not responding") <= 2
