"""The response cache in front of Flask behaves as Flask does."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import exc

from blog_api.api import response_cache
from blog_api.api.deadlines import record_wait
from tests.databases import on_one_database

POSTS = "/api/v1/posts"
METRICS = {"METRICS_BIND": "127.0.0.1:9100"}


@pytest.fixture
def make_cached_client(make_client, people):
    """Create clients of an app with the given settings and one post."""

    def make(**settings):
        people().write()
        return make_client(**settings)

    return make


def fill_cache(client, **options):
    """Request the posts until the response is cached, and return the last response."""
    return [client.get(POSTS, **options) for _ in range(2)][-1]


def test_a_cached_response_is_sent_without_flask(client, people, monkeypatch):
    people().write()
    made = fill_cache(client)
    monkeypatch.setattr(client.application, "full_dispatch_request", lambda: pytest.fail("Flask was asked"))
    again = client.get(POSTS, headers={"X-Request-ID": "mine"})
    assert (again.status_code, again.data) == (200, made.data)
    assert dict(again.headers) == {**made.headers, "X-Request-ID": "mine"}
    known = client.get(POSTS, headers={"If-None-Match": made.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")


def test_a_304_response_fills_the_cache_too(client, people, count_queries):
    people().write()
    headers = {"If-None-Match": client.get(POSTS).headers["ETag"]}
    assert client.get(POSTS, headers=headers).status_code == 304
    with count_queries() as statements:
        assert client.get(POSTS, headers=headers).status_code == 304
    assert len(statements) == 1


def test_a_head_response_is_not_cached(client, people):
    people().write()
    for _ in range(3):
        assert client.head(POSTS).data == b""
    assert client.get(POSTS).json["data"]


@on_one_database
def test_each_origin_has_a_separate_cache_entry(make_cached_client):
    allowed = ["https://a.example", "https://b.example"]
    client = make_cached_client(CORS_ORIGINS=", ".join(allowed))
    for _ in range(3):
        for origin in (*allowed, "https://evil.example"):
            reply = client.get(POSTS, headers={"Origin": origin})
            assert reply.headers.get("Access-Control-Allow-Origin") == (origin if origin in allowed else None)
            assert reply.headers.getlist("Vary") == ["Authorization", "Origin"]


@on_one_database
def test_a_cached_response_is_counted_in_the_metrics(make_cached_client):
    client = make_cached_client(METRICS_TOKEN="a-token-for-prometheus")

    def count():
        text = client.get("/metrics", headers={"Authorization": "Bearer a-token-for-prometheus"}).text
        pattern = r'blog_requests_total{method="GET",route="/api/v1/posts",status="200"} (\S+)'
        return float(found[1]) if (found := re.search(pattern, text)) else 0.0

    before = count()
    for _ in range(4):
        client.get(POSTS)
    assert count() == before + 4


def test_rate_limits_apply_to_cached_responses_and_the_first_rejection_is_audited(make_cached_client, people):
    client = make_cached_client(RATELIMIT_ENABLED="true", RATELIMIT_READ="3 per minute")
    replies = [client.get(POSTS) for _ in range(5)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429, 429]
    assert [re.findall(r"r=(\d+)", reply.headers["RateLimit"]) for reply in replies[2:]] == [["0"]] * 3
    assert len(people("admin").get("/audit?action=limit.hit").json["data"]) == 1


@on_one_database
def test_headers_that_are_too_large_are_rejected_before_the_cache(make_cached_client):
    client = make_cached_client()
    fill_cache(client)
    assert client.get(POSTS, headers={"X-Large": "x" * 20_000}).status_code == 431
    assert client.get(POSTS).status_code == 200


@on_one_database
def test_an_overdue_request_gets_no_cached_response(make_cached_client):
    client = make_cached_client(REQUEST_DEADLINE="10")
    fill_cache(client)
    record_wait(8)
    late = client.get(POSTS)
    assert (late.status_code, "Retry-After" in late.headers) == (503, True)
    assert client.get(POSTS).status_code == 200


@on_one_database
def test_the_metrics_listener_sends_no_cached_response(make_cached_client):
    client = make_cached_client(**METRICS)
    fill_cache(client)
    assert client.get(POSTS).status_code == 200
    assert client.get(POSTS, base_url="http://127.0.0.1:9100").status_code == 404


def test_a_head_request_reads_no_stamp(client, people, count_queries):
    people().write()
    for _ in range(3):
        with count_queries() as statements:
            client.head(POSTS)
        assert len(statements) == 1


@on_one_database
def test_a_request_without_a_connection_for_the_stamp_fails_immediately(make_cached_client, monkeypatch):
    client, asked = make_cached_client(), []
    fill_cache(client)

    def fail(*_):
        asked.append(True)
        raise exc.TimeoutError("no connection")

    monkeypatch.setattr(response_cache, "read_stamp", fail)
    reply = client.get(POSTS)
    assert (reply.status_code, "Retry-After" in reply.headers) == (503, True)
    assert len(asked) == 1
