"""Security and cache headers of every response."""

from __future__ import annotations

import pytest

from tests.apps import SECRET
from tests.databases import on_one_database
from tests.http import ask, exchange
from tests.service import launch

PRODUCTION = {"APP_ENV": "production", "SECRET_KEY": SECRET, "LOG_FORMAT": "text"}
PATHS = [
    "/api/v1/posts", "/api/v1/users/me", "/api/v1/posts/999", "/api/v1/nothing", "/openapi.json", "/docs/", "/",
    "/health/live", "/health/ready", "/problems/not-found",
]  # fmt: skip


@on_one_database
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "BREW"])
def test_every_response_has_the_security_headers(client, method, path):
    reply = client.open(path, method=method)
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    policy = reply.headers["Content-Security-Policy"]
    assert policy.startswith(
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert ("script-src" in policy) == (path == "/docs/" and method in ("GET", "HEAD"))
    assert "unsafe" not in policy.replace("style-src 'self' 'unsafe-inline'", "")
    for name in {name for name, _ in reply.headers} - {"Vary", "Link"}:
        assert len(reply.headers.getlist(name)) == 1, name


def test_cached_and_replayed_responses_have_the_security_headers(people, client):
    ada = people()
    ada.write()
    for _ in range(3):
        reply = client.get("/api/v1/posts")
        assert reply.headers.getlist("X-Content-Type-Options") == ["nosniff"]
        assert "script-src" not in reply.headers["Content-Security-Policy"]
    unchanged = client.get("/api/v1/posts", headers={"If-None-Match": reply.headers["ETag"]})
    assert unchanged.status_code == 304
    for name in ("X-Content-Type-Options", "ETag", "Vary", "Cache-Control"):
        assert unchanged.headers[name] == reply.headers[name]
    for _ in range(2):
        made = ada.post("/posts", json={"title": "x", "content": ""}, headers={"Idempotency-Key": "k"})
        assert made.headers.getlist("X-Content-Type-Options") == ["nosniff"]


@on_one_database
def test_only_production_sends_hsts(make_client):
    name = "Strict-Transport-Security"
    assert make_client(**PRODUCTION).get("/api/v1/posts").headers[name] == "max-age=31536000"
    assert make_client(**PRODUCTION).get("/nothing").headers[name] == "max-age=31536000"
    assert name not in make_client().get("/api/v1/posts").headers


@on_one_database
def test_the_documentation_page_does_not_depend_on_request_headers(client):
    page = client.get("/docs/", headers={"Host": "evil.example"})
    assert "evil" not in page.text
    assert page.text == client.get("/docs/", headers={"X-Forwarded-Host": "x"}).text


@on_one_database
@pytest.mark.parametrize("origins", ["https://blog.example", "https://blog.example, https://other.example"])
def test_every_response_varies_by_origin_if_some_origins_are_allowed(make_client, origins):
    client = make_client(CORS_ORIGINS=origins)
    for origin in ("https://blog.example", "https://evil.example", None):
        for path in ("/api/v1/posts", "/api/v1/nothing", "/openapi.json"):
            reply = client.get(path, headers={"Origin": origin} if origin else {})
            assert ", ".join(reply.headers.getlist("Vary")).split(", ").count("Origin") == 1


@on_one_database
@pytest.mark.parametrize("settings", [{}, {"CORS_ORIGINS": "*"}])
def test_responses_do_not_vary_by_origin_if_none_or_all_are_allowed(make_client, settings):
    reply = make_client(**settings).get("/api/v1/posts", headers={"Origin": "https://blog.example"})
    assert reply.headers.getlist("Vary") == ["Authorization"]


def test_responses_vary_by_authorization(people, client):
    ada = people()
    ada.write()
    for path in ("/posts", "/posts/1", "/users", "/tags", f"/users/{ada.id}"):
        for reply in (ada.get(path), client.get(f"/api/v1{path}")):
            assert reply.status_code == 404 or "Authorization" in reply.headers["Vary"]


def test_authenticated_responses_and_responses_with_tokens_are_not_stored(people, client):
    ada = people()
    ada.write()
    for path in ("/users/me", "/posts", "/posts?status=all", "/stats"):
        assert ada.get(path).headers["Cache-Control"] == "no-store"
    # A client that stores the response anyway can revalidate it.
    tag = ada.get("/users/me").headers["ETag"]
    assert ada.get("/users/me", headers={"If-None-Match": tag}).status_code == 304
    assert ada.get("/auth/sessions").headers["Cache-Control"] == "no-store"
    account = {"username": "grace", "email": "grace@example.com", "password": "correct horse battery"}
    made = client.post("/api/v1/auth/register", json=account)
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    login = client.post("/api/v1/auth/login", json={"username": "grace", "password": account["password"]})
    assert (login.status_code, login.headers["Cache-Control"]) == (200, "no-store")
    assert ada.get("/users/999").headers["Cache-Control"] == "no-store"


@pytest.fixture(scope="module")
def running(database_url):
    """A running service without trusted proxies."""
    with launch(database_url, SECRET_KEY=SECRET) as service:
        yield service


@on_one_database
def test_no_response_reveals_a_version(running, app):
    for path in ("/api/v1/posts", "/nothing", "/docs/", f"/{'a' * 9000}"):
        reply = ask(running.url, "GET", path)
        assert not any(sign.isdigit() for sign in reply.headers.get("Server", ""))
        assert "X-Powered-By" not in reply.headers


@on_one_database
@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "off"}, {"SCRIPT_NAME": "/api"}, {"PATH_INFO": "/api/v1/users"},
     {"X-Forwarded-Prefix": "/x"}, {"X-Forwarded-Host": "evil.example"}, {"Forwarded": "for=192.0.2.9"}],
    ids=str,
)  # fmt: skip
def test_forwarded_headers_are_ignored_without_a_trusted_proxy(running, app, headers):
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    reply = exchange(running.url, f"GET /api/v1/posts HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())
    assert (reply.status, reply.json["data"]) == (200, [])


FORWARDED = {
    "X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "666", "X-Forwarded-Prefix": "/evil.example",
    "X-Forwarded-Proto": "evil.example", "X-Forwarded-Server": "evil.example", "X-Original-URL": "/evil.example",
    "X-Rewrite-URL": "/evil.example", "X-Host": "evil.example", "Forwarded": "for=evil.example;host=evil.example",
}  # fmt: skip


@on_one_database
@pytest.mark.parametrize("proxies", ["0", "1"])
def test_no_response_depends_on_the_host_or_forwarded_headers(make_client, proxies):
    client, known = make_client(TRUSTED_PROXIES=proxies), {"X-Request-ID": "one"}
    for path in (*PATHS, "/docs", "/api/v1/posts/"):
        plain = client.get(path, headers=known)
        forged = client.get(path, headers={**known, **FORWARDED, "Host": "evil.example"})
        assert (plain.status_code, plain.data) == (forged.status_code, forged.data)
        assert dict(plain.headers) == dict(forged.headers)
        assert not forged.headers.get("Location", "/").startswith(("http", "//"))


def test_locations_and_links_are_paths_without_a_host(make_client, people):
    client, ada = make_client(TRUSTED_PROXIES="1"), people()
    headers = {**ada.headers, **FORWARDED, "Host": "evil.example"}
    made = client.post("/api/v1/posts", json={"title": "x", "content": ""}, headers=headers)
    assert made.headers["Location"] == f"/api/v1/posts/{made.json['id']}"
    assert "evil" not in client.get("/api/v1/posts?limit=1&status=all", headers=headers).headers.get(
        "Link", ""
    )


@pytest.mark.parametrize(("proxies", "address"), [("0", "127.0.0.1"), ("1", "192.0.2.2"), ("2", "192.0.2.1")])
def test_the_client_address_comes_from_the_trusted_proxies(make_client, people, proxies, address):
    client = make_client(TRUSTED_PROXIES=proxies)
    account = {"username": "grace", "email": "grace@example.com", "password": "correct horse battery"}
    assert client.post("/api/v1/auth/register", json=account).status_code == 201
    forwarded = {"X-Forwarded-For": "198.51.100.7, 192.0.2.1, 192.0.2.2", "X-Real-IP": "198.51.100.8"}
    login = {"username": "grace", "password": account["password"]}
    tokens = client.post("/api/v1/auth/login", json=login, headers=forwarded).json
    token = {"Authorization": f"Bearer {tokens['access_token']}"}
    (session,) = client.get("/api/v1/auth/sessions", headers=token).json["data"]
    assert session["address"] == address
