"""Tests of public addresses: PUBLIC_URL, path prefixes, and the Host header."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest

from config import ConfigError, load
from tests.apps import SECRET
from tests.databases import on_one_database
from tests.http import ask
from tests.service import launch

FORGED = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil"}
# Settings, the path prefix of requests as they arrive, and the expected root of all addresses.
ROOTS = [
    ({}, "", ""),
    ({"PUBLIC_URL": "https://example.com"}, "", "https://example.com"),
    ({"PUBLIC_URL": "https://example.com:8443/blog/"}, "", "https://example.com:8443/blog"),
    ({"PUBLIC_URL": "https://example.com/blog"}, "/blog", "https://example.com/blog"),
    ({"PUBLIC_URL": "https://example.com/my/blog"}, "/my/blog", "https://example.com/my/blog"),
    ({"PUBLIC_URL": "https://example.com/api"}, "", "https://example.com/api"),
    ({"PUBLIC_URL": "https://example.com/api"}, "/api", "https://example.com/api"),
    ({"PUBLIC_URL": "https://example.com/api/v1"}, "", "https://example.com/api/v1"),
    ({"PUBLIC_URL": "https://example.com/api/v1"}, "/api/v1", "https://example.com/api/v1"),
    ({"PUBLIC_URL": "https://example.com/blog", "SCRIPT_NAME": "/inner"}, "/inner", "https://example.com/blog"),
    ({"SCRIPT_NAME": "/blog"}, "", ""),
    ({"SCRIPT_NAME": "/blog"}, "/blog", "/blog"),
]  # fmt: skip
every_root = pytest.mark.parametrize(("settings", "prefix", "root"), ROOTS, ids=str)


@on_one_database
@every_root
def test_all_addresses_begin_with_the_public_root(make_client, people, settings, prefix, root):
    client, ada = make_client(**settings), people()
    for number in range(3):
        body = {"title": f"Post {number}", "content": "", "status": "published"}
        made = client.post(f"{prefix}/api/v1/posts", json=body, headers={**ada.headers, **FORGED})
        assert made.headers["Location"] == f"{root}/api/v1/posts/{made.json['id']}"
    for _ in range(3):
        # The third response is a cached one.
        listed = client.get(f"{prefix}/api/v1/posts?limit=1", headers=FORGED)
        cursor = listed.json["pagination"]["next_cursor"]
        assert listed.headers["Link"] == f'<{root}/api/v1/posts?limit=1&cursor={cursor}>; rel="next"'
    missing = client.get(f"{prefix}/api/v1/posts/slug/not-here", headers=FORGED)
    assert missing.json["type"] == f"{root}/problems/not-found"
    assert missing.json["instance"] == f"{root}/api/v1/posts/slug/not-here"
    unrouted = client.get(f"{prefix}/nothing%20here", headers=FORGED)
    assert (unrouted.status_code, unrouted.json["type"]) == (404, f"{root}/problems/not-found")
    # With a prefix that looks like a route, /api/nothing could be either path.
    assert "/api" in prefix or unrouted.json["instance"] == f"{root}/nothing%20here"
    (server,) = client.get(f"{prefix}/openapi.json", headers=FORGED).json["servers"]
    assert server["url"] == (root or "/")
    for path in ("/", "/docs"):
        moved = client.get(f"{prefix}{path}", headers=FORGED)
        assert (moved.status_code, moved.headers["Location"]) == (302, f"{root}/docs/")
    assert b"evil" not in missing.data + unrouted.data + moved.data


@on_one_database
@every_root
def test_the_documentation_loads_its_files_below_the_prefix(make_client, settings, prefix, root):
    client = make_client(**settings)
    page = client.get(f"{prefix}/docs/")
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        absolute = urljoin(f"http://localhost{prefix}/docs/", address)
        assert absolute.startswith(f"http://localhost{prefix}/"), address
        assert client.get(absolute.removeprefix("http://localhost"), buffered=True).status_code == 200


@on_one_database
def test_problems_within_a_bulk_response_have_public_addresses(make_client, people):
    client, ada = make_client(PUBLIC_URL="https://example.com/blog"), people()
    body = {"mode": "each", "operations": [{"op": "delete", "id": 999}]}
    reply = client.post("/blog/api/v1/posts/bulk", json=body, headers=ada.headers)
    assert reply.json["results"][0]["problem"]["type"] == "https://example.com/blog/problems/not-found"


@on_one_database
def test_a_prefix_is_a_whole_segment(make_client):
    client = make_client(PUBLIC_URL="https://example.com/blog")
    reply = client.get("/blogs/api/v1/posts")
    assert (reply.status_code, reply.json["instance"]) == (404, "https://example.com/blog/blogs/api/v1/posts")
    assert client.get("/blog/blog/api/v1/posts").status_code == 404


@on_one_database
def test_a_prefix_from_the_server_is_used(client, people):
    ada = people()
    ada.write()
    ada.write()
    for prefix in ("/blog", "", "/other"):
        for _ in range(3):
            reply = client.get("/api/v1/posts/999", base_url=f"http://evil.example{prefix}")
            assert reply.json["type"] == f"{prefix}/problems/not-found"
            listed = client.get("/api/v1/posts?limit=1", base_url=f"http://evil.example{prefix}")
            assert listed.headers["Link"].startswith(f"<{prefix}/api/v1/posts?limit=1&cursor=")


@on_one_database
@pytest.mark.parametrize("settings", [{"SCRIPT_NAME": "/blog"}, {"PUBLIC_URL": "https://example.com/blog"}])
def test_the_running_service_answers_with_and_without_the_prefix(app, database_url, settings):
    with launch(database_url, SECRET_KEY=SECRET, **settings) as service:
        for path in ("/blog/health/ready", "/health/ready", "/blog/api/v1/posts", "/blog/docs/index.css"):
            assert ask(service.url, "GET", path).status == 200, path
        assert ask(service.url, "GET", "/blog").headers["Location"].endswith("/blog/docs/")


@pytest.mark.parametrize("url", ["https://example.com", "http://localhost:8000/blog/", "https://[::1]/a/b"])
def test_a_public_url_loses_its_trailing_slash(url):
    assert load({"APP_ENV": "testing", "PUBLIC_URL": url})["PUBLIC_URL"] == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    ["example.com", "ftp://example.com", "https://user@example.com", "https://example.com/?a", "https://a/#b",
     "https://a//b", "https://a/../b", "https://a/b c", "https://a/b%20c", f"https://a/{'b' * 500}"],
)  # fmt: skip
def test_an_invalid_public_url_is_rejected(url):
    with pytest.raises(ConfigError) as caught:
        load({"APP_ENV": "testing", "PUBLIC_URL": url})
    assert caught.value.errors == {"PUBLIC_URL": "must be a URL such as https://example.com/blog"}
