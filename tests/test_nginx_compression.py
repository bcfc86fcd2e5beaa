"""Responses are compressed by nginx, configured as in deploy/, and conditional requests work nevertheless."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import re
from urllib.parse import urlsplit

import pytest

from tests.certificates import insecure_context
from tests.http import ask
from tests.nginx import DEPLOY, MODULES, SHARED, nginx, nginx_in_container
from tests.service import launch, log_in, post
from tests.tools import skip_or_fail

GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """The URL of a service with a few posts, and a token."""
    database = tmp_path_factory.mktemp("compressed") / "blog.db"
    with launch(f"sqlite:///{database}", MIGRATE_ON_START="true", WEB_CONCURRENCY="1") as running:
        token = log_in(running.url)
        for number in range(10):
            written = ask(
                running.url, "POST", "/api/v1/posts", post(f"Post {number}", summary="A " * 99), token=token
            )
            assert written.status == 201
        yield running.url, token


@pytest.fixture(scope="module")
def front(service):
    """The URL of nginx."""
    with nginx(service[0]) as running:
        yield running.url


def send(url, method, path, body=None, **headers):
    """Send a request, and return the status, headers and body of the response."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=30)
    if address.scheme == "https":
        connection = http.client.HTTPSConnection(address.netloc, timeout=30, context=insecure_context())
    with contextlib.closing(connection):
        connection.request(method, path, body, {"Content-Type": "application/json", **headers})
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()


@pytest.mark.parametrize("path", ["/api/v1/posts", "/openapi.json", "/docs/swagger-ui.css"])
def test_responses_are_compressed_for_clients_that_accept_it(service, front, path):
    status, plain, whole = send(front, "GET", path)
    assert "Content-Encoding" not in plain
    found, headers, body = send(front, "GET", path, **GZIP)
    assert found == status
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == whole
    assert len(body) < len(whole) / 2
    assert "Accept-Encoding" in ", ".join(headers.get_all("Vary"))


def test_small_responses_are_not_compressed(front):
    _, headers, body = send(front, "GET", "/health/live", **GZIP)
    assert "Content-Encoding" not in headers
    assert json.loads(body) == {"status": "ok"}


def test_a_compressed_response_can_be_revalidated(service, front):
    _, headers, _ = send(front, "GET", "/api/v1/posts", **GZIP)
    assert headers["ETag"].startswith('W/"')
    for more in (GZIP, {}):
        status, again, body = send(
            front, "GET", "/api/v1/posts", **{"If-None-Match": headers["ETag"], **more}
        )
        assert (status, body) == (304, b"")
        assert again["ETag"].removeprefix("W/") == headers["ETag"].removeprefix("W/")


def test_the_etag_of_a_compressed_object_works_as_if_match(service, front):
    url, token = service
    ask(url, "PATCH", "/api/v1/posts/1", {"content": "Text. " * 999}, token=token)
    own = {"Authorization": f"Bearer {token}"}
    _, headers, _ = send(front, "GET", "/api/v1/posts/1", **GZIP, **own)
    assert headers["Content-Encoding"] == "gzip"
    change = json.dumps({"title": "Changed"})
    guarded = {**own, "If-Match": headers["ETag"]}
    assert send(front, "PATCH", "/api/v1/posts/1", change, **guarded)[0] == 200
    assert send(front, "PATCH", "/api/v1/posts/1", change, **guarded)[0] == 412
    assert send(front, "PATCH", "/api/v1/posts/1", change, **{**own, "If-Match": "*"})[0] == 200
    assert send(front, "PATCH", "/api/v1/posts/1", change, **own)[0] == 200


def test_nginx_in_a_container_does_the_same(service):
    with nginx_in_container(service[0]) as url:
        status, headers, _ = send(url, "GET", "/api/v1/posts", **GZIP)
        assert (status, headers["Content-Encoding"]) == (200, "gzip")
        status, headers, body = send(url, "GET", "/%zz")
        assert (status, headers["Content-Type"]) == (400, "application/problem+json")
        assert json.loads(body)["request_id"] == headers["X-Request-ID"]


def test_both_configurations_share_their_variables():
    ours, theirs = (
        re.findall(r"^map .*?^}", (DEPLOY / name).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        for name in ("nginx.conf", "nginx-container.conf")
    )
    assert len(ours) == 3
    assert ours == theirs


def test_brotli_works_where_the_module_is_installed(service):
    module = MODULES / "ngx_http_brotli_filter_module.so"
    if not module.is_file():
        skip_or_fail("the brotli module of nginx is missing")
    shared = (DEPLOY / SHARED).read_text(encoding="utf-8")
    shared = re.sub(r"^# (?=brotli|    application/xml)", "", shared, flags=re.MULTILINE)
    with nginx(service[0], shared, modules=f"load_module {module};") as front:
        _, headers, body = send(front.url, "GET", "/api/v1/posts", **{"Accept-Encoding": "gzip, br"})
        assert headers["Content-Encoding"] == "br"
        _, _, gzipped = send(front.url, "GET", "/api/v1/posts", **GZIP)
        assert len(body) < len(gzipped)
