"""CORS: only origins in the allow-list."""

from __future__ import annotations

import pytest

HERE = "https://blog.example"


@pytest.fixture
def client(make_client):
    """A client of an app that allows two origins."""
    return make_client(CORS_ORIGINS=f"{HERE}, http://localhost:3000")


def preflight(
    client, origin, headers="authorization, content-type, if-match, idempotency-key", path="/api/v1/posts"
):
    asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": headers}
    return client.options(path, headers={"Origin": origin, **asked})


@pytest.mark.parametrize("origin", [HERE, "http://localhost:3000"])
def test_an_allowed_origin_can_read_responses_and_errors(client, origin):
    for path in (
        "/api/v1/posts",
        "/api/v1/posts/999",
        "/api/v1/users/me",
        "/api/v1/nothing",
        "/openapi.json",
        "/feeds/feed.json",
    ):
        reply = client.get(path, headers={"Origin": origin})
        assert reply.headers["Access-Control-Allow-Origin"] == origin
        assert "Origin" in ", ".join(reply.headers.getlist("Vary"))
    exposed = client.get("/api/v1/posts", headers={"Origin": origin}).headers["Access-Control-Expose-Headers"]
    assert {"ETag", "Idempotency-Replayed", "Link", "Location", "Retry-After", "X-Request-ID"} <= set(
        exposed.split(", ")
    )


def test_a_preflight_request_needs_no_token(client):
    reply = preflight(client, HERE)
    assert reply.status_code == 200
    assert reply.headers["Access-Control-Allow-Origin"] == HERE
    assert "PATCH" in reply.headers["Access-Control-Allow-Methods"]
    allowed = {name.strip().lower() for name in reply.headers["Access-Control-Allow-Headers"].split(",")}
    assert allowed == {"authorization", "content-type", "if-match", "idempotency-key"}
    assert reply.headers["Access-Control-Max-Age"] == "600"


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "https://blog.example.evil.example", "https://xblog.example", "http://blog.example",
     "https://blog.example:8443", "https://blogxexample", "null", "https://BLOG.example.org"],
)  # fmt: skip
def test_other_origins_get_no_cors_headers(client, origin):
    for reply in (client.get("/api/v1/posts", headers={"Origin": origin}), preflight(client, origin)):
        assert not [name for name in reply.headers if name[0].startswith("Access-Control-Allow")]


def test_credentials_and_other_headers_are_not_allowed(client):
    reply = preflight(client, HERE, headers="x-evil")
    assert "x-evil" not in reply.headers.get("Access-Control-Allow-Headers", "").lower()
    assert "Access-Control-Allow-Credentials" not in reply.headers


def test_health_checks_have_no_cors_headers(client):
    assert "Access-Control-Allow-Origin" not in client.get("/health/live", headers={"Origin": HERE}).headers


def test_without_the_setting_no_origin_is_allowed(make_client):
    reply = make_client().get("/api/v1/posts", headers={"Origin": HERE})
    assert "Access-Control-Allow-Origin" not in reply.headers


def test_a_star_allows_every_origin(make_client, people):
    people().write()
    client = make_client(CORS_ORIGINS="*")
    # The response cached for one origin is sent to the next.
    for origin in (HERE, HERE, HERE, "https://other.example"):
        reply = client.get("/api/v1/tags", headers={"Origin": origin})
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in reply.headers
