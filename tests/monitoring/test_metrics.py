"""Metrics for Prometheus, and access to them."""

from __future__ import annotations

import re
import threading

import pytest

from blog_api import VERSION
from blog_api.database.circuit_breaker import CircuitBreaker
from blog_api.database.session import db
from tests.prometheus import SENT, TOKEN, read, requests_to


@pytest.fixture
def measured(make_client):
    """A client of an app with metrics, and a function that returns changes since the start of the test."""
    client = make_client(METRICS_TOKEN=TOKEN)

    def figures():
        reply = client.get("/metrics", headers=SENT)
        assert reply.status_code == 200
        return read(reply.text)

    before = figures()

    def changes():
        return {key: value - before.get(key, 0) for key, value in figures().items()}

    return client, changes


def test_requests_are_counted_by_route_and_status(measured, people):
    client, changes = measured
    ada = people()
    ada.write()
    for path in (f"/users/{ada.id}", f"/users/{ada.id}?fields=id", "/users/999", "/posts"):
        client.get(f"/api/v1{path}")
    seen = changes()
    assert seen[requests_to("/api/v1/users/<id:user_id>", 200)] == 1
    assert seen[requests_to("/api/v1/users/<id:user_id>", 422)] == 1
    assert seen[requests_to("/api/v1/users/<id:user_id>", 404)] == 1
    assert seen[requests_to("/api/v1/posts", 200)] == 1
    labels = (("method", "GET"), ("route", "/api/v1/users/<id:user_id>"))
    assert seen["blog_request_seconds_count", *labels] == 3
    assert 0 < seen["blog_request_seconds_sum", *labels] < 30


def test_unknown_paths_and_methods_do_not_create_series(measured):
    client, changes = measured
    for number in range(5):
        client.get(f"/made-up-{number}")
        client.open("/health/live", method=f"BREW{number}")
    seen = changes()
    assert seen[requests_to("none", 404)] == 5
    assert seen[requests_to("none", 405, "other")] == 5
    assert not [key for key in seen if "made-up" in str(key) or "BREW" in str(key)]


def test_failed_logins_and_denied_requests_are_counted(measured, people):
    client, changes = measured
    for name in ("nobody", "ada"):
        client.post("/api/v1/auth/login", json={"username": name, "password": "wrong"})
    client.get("/api/v1/audit", headers=people().headers)
    seen = changes()
    assert seen["blog_refusals_total", ("event", "login.failed")] == 2
    assert seen["blog_refusals_total", ("event", "access.denied")] == 1


def test_cache_hits_are_counted(measured, people):
    client, changes = measured
    people().write()
    for _ in range(4):
        client.get("/api/v1/posts")
    assert changes()["blog_kept_replies_hits_total",] >= 1


def pool(state):
    return ("blog_pool_connections", ("pool", "primary"), ("state", state))


def test_pool_connections_and_waits_are_measured(make_client):
    client = make_client(METRICS_TOKEN=TOKEN, DB_POOL_SIZE="1", DB_MAX_OVERFLOW="1", DB_POOL_TIMEOUT="1")
    before = read(client.get("/metrics", headers=SENT).text)

    def pool_state():
        now = read(client.get("/metrics", headers=SENT).text)
        states = [int(now[pool(state)] - before.get(pool(state), 0)) for state in ("in_use", "open")]
        return states, now[pool("overflow")]

    with client.application.app_context():
        first = db.engine.connect()
        assert pool_state() == ([1, 1], 0)
        with db.engine.connect():
            assert pool_state() == ([2, 2], 1)
            # Waits for a second, then times out.
            thread = threading.Thread(target=lambda: client.get("/api/v1/posts"))
            thread.start()
            thread.join()
        first.close()
    assert pool_state() == ([0, 1], 0)
    now = read(client.get("/metrics", headers=SENT).text)
    slow, all_ = (
        now["blog_pool_wait_seconds_bucket", ("le", le)] - before["blog_pool_wait_seconds_bucket", ("le", le)]
        for le in ("0.5", "+Inf")
    )
    assert all_ - slow == 1


def test_the_version_and_the_process_are_shown(make_client):
    figures = read(make_client(METRICS_TOKEN=TOKEN).get("/metrics", headers=SENT).text)
    assert figures["blog_build_info", ("version", VERSION)] == 1
    process = ("process", "service")
    assert figures["process_cpu_seconds_total", process] > 0
    assert figures["process_resident_memory_bytes", process] > 10_000_000
    assert 0 < figures["process_open_fds", process] < figures["process_max_fds", process]


def test_open_circuit_breakers_are_measured(measured):
    _client, changes = measured
    breaker = CircuitBreaker("a test")
    breaker.trip()
    assert changes()["blog_breaker_open", ("name", "a test")] == 1
    breaker.reset()
    assert changes()["blog_breaker_open", ("name", "a test")] == 0


def test_metrics_contain_no_personal_data(measured, people):
    client, _changes = measured
    ada = people(username="Secret-name")
    ada.write("Secret-title")
    client.get("/api/v1/posts?q=Secret-word", headers=ada.headers)
    client.post("/api/v1/auth/login", json={"username": "Secret-name", "password": "Secret-word"})
    text = client.get("/metrics", headers=SENT).text
    assert "ecret" not in text
    assert not re.search(r"@|\d+\.\d+\.\d+\.\d+|eyJ", text)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": f"Basic {TOKEN}"},
     {"Authorization": "Bearer \xe4"}, {"X-Forwarded-For": "127.0.0.1"}],
    ids=str,
)  # fmt: skip
def test_metrics_require_the_token(make_client, headers):
    reply = make_client(METRICS_TOKEN=TOKEN).get("/metrics", headers=headers)
    assert (reply.status_code, reply.content_type) == (401, "application/problem+json")
    assert "WWW-Authenticate" in reply.headers


def test_metrics_are_in_prometheus_format_and_not_cacheable(make_client):
    reply = make_client(METRICS_TOKEN=TOKEN).get("/metrics", headers=SENT)
    assert reply.content_type.startswith("text/plain; version=")
    assert reply.headers["Cache-Control"] == "no-store"


def test_metrics_are_disabled_by_default(client, measured):
    _measured, changes = measured
    assert client.get("/metrics", headers=SENT).status_code == 404
    assert client.get("/api/v1/tags").status_code == 200
    assert not changes().get(requests_to("/api/v1/tags", 200))


def test_a_separate_port_serves_only_metrics(make_client):
    client = make_client(METRICS_BIND="127.0.0.1:9100")
    on_port = {"environ_overrides": {"SERVER_PORT": "9100"}}
    assert client.get("/metrics", **on_port).status_code == 200
    for path in ("/api/v1/posts", "/health/live", "/docs/", "/nothing"):
        assert client.get(path, **on_port).status_code == 404
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Host": "x:9100", "X-Forwarded-Port": "9100"}).status_code == 404
    assert client.get("/health/live").status_code == 200


def test_a_method_not_allowed_is_405_on_the_metrics_port_and_404_elsewhere(make_client):
    client = make_client(METRICS_BIND="127.0.0.1:9100")
    reply = client.post("/metrics", environ_overrides={"SERVER_PORT": "9100"})
    assert (reply.status_code, reply.json["type"]) == (405, "/problems/method-not-allowed")
    assert "GET" in reply.headers["Allow"]
    for path in ("/metrics", "/%6detrics", "/metrics/"):
        assert client.post(path).status_code == client.get(path).status_code == 404, path


def test_a_separate_port_can_require_the_token(make_client):
    client = make_client(METRICS_BIND="127.0.0.1:9100", METRICS_TOKEN=TOKEN)
    on_port = {"environ_overrides": {"SERVER_PORT": "9100"}}
    assert client.get("/metrics", **on_port).status_code == 401
    assert client.get("/metrics", headers=SENT, **on_port).status_code == 200
