"""Tests of deploy/nginx.conf in front of the real service."""

from __future__ import annotations

import contextlib
import http.client
import json
import sqlite3
from urllib.parse import urlsplit

import pytest

from blog_api.api.headers import DEFAULT_HEADERS, HSTS_HEADERS
from blog_api.api.parsing import MAX_BODY
from blog_api.problems import BadRequest, ContentTooLarge, Unavailable
from tests.certificates import insecure_context
from tests.http import ask
from tests.nginx import nginx
from tests.postgres import free_port
from tests.service import launch


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """The path of the database."""
    return tmp_path_factory.mktemp("proxied") / "blog.db"


@pytest.fixture(scope="module")
def proxied(database):
    """The service, and nginx in front of it."""
    settings = {"TRUSTED_PROXIES": "1", "MIGRATE_ON_START": "true"}
    with launch(f"sqlite:///{database}", **settings) as service, nginx(service.url) as front:
        yield service, front


def connect(url):
    """Return a connection to nginx."""
    address = urlsplit(url)
    return http.client.HTTPSConnection(address.hostname, address.port, timeout=30, context=insecure_context())


def send(front, method, path, body=None, **headers):
    """Send a request, and return the status, headers and body of the response."""
    with contextlib.closing(connect(front.url)) as connection:
        connection.request(method, path, body, {"Content-Type": "application/json", **headers})
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()


def test_responses_of_the_service_are_passed_on(proxied):
    service, front = proxied
    status, headers, body = send(front, "GET", "/api/v1/posts")
    assert (status, body) == (200, ask(service.url, "GET", "/api/v1/posts").body)
    assert headers["Server"] == "nginx"


def test_forwarded_headers_of_the_client_are_ignored(proxied, database):
    claims = dict.fromkeys(("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"), "203.0.113.9")
    account = json.dumps({"username": "ada", "password": "not the right one"})
    claims["Forwarded"] = "for=203.0.113.9"
    assert send(proxied[1], "POST", "/api/v1/auth/login", account, **claims)[0] == 401
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT DISTINCT address FROM audit_events").fetchall() == [("127.0.0.1",)]


@pytest.mark.parametrize(
    "path", ["//api/v1/posts", "/api/./v1/posts", "/api/v1/%70osts;x", "/api/v1/posts/%2e%2e"]
)
def test_urls_are_passed_on_unchanged(proxied, path):
    service, front = proxied
    assert send(front, "GET", path)[0] == ask(service.url, "GET", path).status


def assert_like_the_service(problem, headers, body, instance):
    """Assert that the response equals that of the service: members, their order, and headers."""
    found = json.loads(body)
    expected = {**problem.as_dict(), "instance": instance, "request_id": headers["X-Request-ID"]}
    assert (found, list(found)) == (expected, list(expected))
    assert headers["Content-Type"] == "application/problem+json"
    every = {**DEFAULT_HEADERS, **HSTS_HEADERS, "Cache-Control": "no-store"}
    assert {name: headers.get_all(name) for name in every} == {name: [text] for name, text in every.items()}


def test_a_body_over_the_limit_is_rejected_with_a_problem(proxied):
    _, front = proxied
    assert send(front, "POST", "/api/v1/auth/login", b" " * MAX_BODY)[0] == 400
    status, headers, body = send(front, "POST", "/api/v1/auth/login?a=1", b" " * (MAX_BODY + 1))
    assert status == 413
    problem = ContentTooLarge(f"The body is limited to {MAX_BODY} bytes.")
    assert_like_the_service(problem, headers, body, "/api/v1/auth/login")


def test_the_service_rejects_long_urls_and_headers(proxied):
    _, front = proxied
    for status, path, headers in (
        (414, "/api/v1/posts?q=" + "a" * 8100, {}),
        (431, "/", {"X-Long": "a" * 16_100}),
    ):
        found, answered, _ = send(front, "GET", path, **headers)
        assert (found, answered["Content-Type"]) == (status, "application/problem+json")


def test_slow_clients_do_not_block_others(proxied):
    """The service has eight threads, which these clients would occupy if nginx passed them on."""
    _, front = proxied
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(contextlib.closing(connect(front.url)))
            connection.putrequest("POST", "/api/v1/auth/login")
            connection.putheader("Content-Length", "1000")
            connection.endheaders(b"{")
        assert [send(front, "GET", "/api/v1/posts")[0] for _ in range(20)] == [200] * 20


@pytest.mark.parametrize("host", ["blog.example", "evil.example"])
def test_http_redirects_to_https_on_the_configured_host(proxied, host):
    _, front = proxied
    with contextlib.closing(http.client.HTTPConnection(urlsplit(front.plain_url).netloc)) as connection:
        connection.request("GET", "/api/v1/posts?q=a", headers={"Host": host})
        reply = connection.getresponse()
        assert (reply.status, reply.headers["Location"]) == (301, "https://blog.example/api/v1/posts?q=a")


@pytest.fixture(scope="module")
def nginx_alone():
    """nginx without a running service."""
    with nginx(f"http://127.0.0.1:{free_port()}") as front:
        yield front


def test_an_unavailable_service_returns_503_with_retry_after(nginx_alone):
    status, headers, body = send(nginx_alone, "GET", "/api/v1/posts")
    assert (status, headers["Retry-After"]) == (503, "1")
    assert_like_the_service(Unavailable("The service did not respond."), headers, body, "/api/v1/posts")


@pytest.mark.parametrize(
    ("target", "instance"),
    [
        ('/api/v1/posts/","x":"', "/api/v1/posts/"),
        ("/a\\b", "/a"),
        ("/caf%C3%A9/%22?q=%22", "/caf%C3%A9/%22"),
        ("//evil.example/%0a", "//evil.example/%0a"),
    ],
)
def test_no_url_breaks_the_json_of_nginx(nginx_alone, target, instance):
    _, headers, body = send(nginx_alone, "GET", target)
    assert_like_the_service(Unavailable("The service did not respond."), headers, body, instance)


@pytest.mark.parametrize(
    ("target", "sent", "instance"),
    [
        ("/%zz", {}, "/"),
        ("/api/v1/%00", {}, "/"),
        ("/../../etc/passwd", {}, "/"),
        ("/api/v1/posts", {"Host": "a b"}, "/api/v1/posts"),
        ("/api/v1/posts", {"Content-Length": "-1"}, "/api/v1/posts"),
    ],
)
def test_a_malformed_request_gets_a_problem(nginx_alone, target, sent, instance):
    """The problem does not contain a URL that nginx cannot parse."""
    status, headers, body = send(nginx_alone, "GET", target, **sent)
    assert status == 400
    detail = "The URL, a header or the body is malformed."
    assert_like_the_service(BadRequest(detail), headers, body, instance)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("order-66_a.b", True), ('a"b', False), ("a" * 65, False), ("a b", False), ("", False)],
)
def test_a_valid_request_id_is_kept_and_an_invalid_one_replaced(nginx_alone, proxied, given, kept):
    for front in (nginx_alone, proxied[1]):
        _, headers, _ = send(front, "GET", "/api/v1/nothing", **{"X-Request-ID": given})
        assert (headers["X-Request-ID"] == given) is kept
        assert kept or len(headers["X-Request-ID"]) == 32
