"""Send requests: names, redirects, the environment and certificates."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from blog_api.outgoing.client import Client
from blog_api.outgoing.failures import RequestFailed
from blog_api.outgoing.lookups import look_up
from tests.certificates import self_signed
from tests.outgoing.helpers import LOCAL, OK, send
from tests.receiver import answering, receiving


def resolving(*answers):
    """Return a resolver that returns these lists of addresses, the last one repeatedly, and the hosts asked for."""
    asked: list[str] = []

    def resolve(host, _seconds):
        asked.append(host)
        return list(answers[min(len(asked), len(answers)) - 1])

    return resolve, asked


def test_a_request_arrives_as_it_was_sent():
    with receiving() as receiver, Client(LOCAL) as client:
        url = f"http://127.0.0.1:{receiver.port}/a/../b?c=%20d"
        first, second = (client.send("POST", url, {"X-Test": "yes"}, b"body") for _ in range(2))
    assert (first.status, second.status) == (204, 204)
    request = receiver.received[0]
    assert (request.path, request.body, request.headers["x-test"]) == ("/a/../b?c=%20d", b"body", "yes")
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["169.254.169.254"],
        ["64:ff9b::7f00:1"], ["2002:7f00:1::"], ["fd00:ec2::254"], ["fe80::1%eth0"], ["0.0.0.0"], ["10.0.0.1"], [],
    ],
)  # fmt: skip
def test_a_name_with_an_address_that_is_not_public_is_refused(addresses):
    resolve, asked = resolving(addresses)
    with Client(resolve=resolve) as client, pytest.raises(RequestFailed, match=r"not public|not found"):
        client.send("POST", "https://hooks.example/", {})
    assert asked == ["hooks.example"]


def test_only_the_checked_address_is_connected_to():
    """A name server that answers with a public address first and with a local one later achieves nothing."""
    # libcurl knows where localhost is. 192.0.2.1 belongs to nobody; the trusted name lets it pass the check.
    resolve, asked = resolving(["192.0.2.1"], ["127.0.0.1"])
    with receiving() as receiver, pytest.raises(RequestFailed):
        send(receiver.port, host="localhost", trusted={"localhost"}, resolve=resolve, seconds=0.5)
    assert asked == ["localhost"]
    assert not receiver.received


def test_a_client_looks_up_a_name_once():
    resolve, asked = resolving(["127.0.0.1"])
    with receiving() as receiver, Client({"hooks.example"}, resolve=resolve) as client:
        for _ in range(3):
            assert client.send("POST", f"http://hooks.example:{receiver.port}/", {}, b"{}").status == 204
    assert asked == ["hooks.example"]
    assert receiver.received[0].headers["host"] == f"hooks.example:{receiver.port}"


def test_a_lookup_that_takes_too_long_fails(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(30) and [])
    try:
        started = time.monotonic()
        with Client(seconds=0.2) as client, pytest.raises(RequestFailed, match="not found in time"):
            client.send("POST", "https://hooks.example/", {})
        assert time.monotonic() - started < 5
    finally:
        released.set()


def test_the_system_resolver_finds_addresses():
    assert set(look_up("localhost", 10)) & {"127.0.0.1", "::1"}
    with pytest.raises(OSError):  # noqa: PT011
        look_up("a..b", 10)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status):
    with receiving() as target, receiving() as receiver:
        receiver.answer = lambda _request: (status, {"Location": target.url})
        assert send(receiver.port).status == status
    assert len(receiver.received) == 1
    assert not target.received


def test_proxies_and_credentials_of_the_environment_are_not_used(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ada password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        assert send(receiver.port).status == 204
    assert not proxy.received
    assert "authorization" not in receiver.received[0].headers


def test_the_certificate_must_be_valid_for_the_name():
    resolve, _ = resolving(["127.0.0.1"])

    def respond(connection):
        connection.sendall(OK)

    with self_signed("hooks.example") as certificate, answering(respond, certificate) as port:
        common = {
            "scheme": "https",
            "resolve": resolve,
            "trusted": {"hooks.example", "other.example", "127.0.0.1"},
        }
        known = {**common, "certificates": str(certificate.file)}
        assert send(port, host="hooks.example", **known).status == 200
        assert send(port, host="HOOKS.example.", **known).status == 200
        assert send(port, **known).status == 200
        with pytest.raises(RequestFailed, match="certificate"):
            send(port, host="other.example", **known)
        with pytest.raises(RequestFailed, match="certificate"):
            send(port, host="hooks.example", **common)


def test_https_does_not_fall_back_to_http():
    with receiving() as receiver, pytest.raises(RequestFailed, match="TLS"):
        send(receiver.port, scheme="https")
    assert not receiver.received
