"""The log of the real service at level DEBUG contains no secrets and no forged lines."""

from __future__ import annotations

import contextlib
import re
import socket
from urllib.parse import urlsplit

from tests.http import ask
from tests.service import launch

# All secrets start with this, so that one search finds them.
MARK = "sentinel"
AUTH = "/api/v1/auth"
# gunicorn answers malformed requests, and has its own log.
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
MALFORMED = [
    b"GET /?password=sentinel\x0b HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /\n12:00:00.000 INFO forged HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /%0a12:00:00.000%20INFO%20forged HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / sentinel\r\nHost: x\r\n\r\n",
    b"sentinel\r\n\r\n",
    b"GET / HTTP/1.1\r\nAuthorization Bearer sentinel\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization : Bearer sentinel\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n sentinel\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nCookie: sentinel\x0b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sentinel" + b"x" * 20_000 + b"\r\n\r\n",
    b"GET /?token=sentinel" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    LOGIN + b"Content-Length: sentinel\r\n\r\n",
    LOGIN + b"Transfer-Encoding: sentinel\r\n\r\n",
    LOGIN + b"Transfer-Encoding: chunked\r\n\r\nsentinel\r\n\r\n",
    LOGIN + b'Content-Length: 99\r\n\r\n{"sentinel',
]


def send(url, raw):
    address = urlsplit(url)
    # The server can reject a request before it has read all of it.
    with (
        socket.create_connection((address.hostname, address.port), timeout=10) as connection,
        contextlib.suppress(OSError),
    ):
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1000):
            pass


def use(url):
    """Send all kinds of secrets, valid and invalid. Return the tokens."""
    cookie = {"Cookie": f"session={MARK}"}
    account = {"username": "ada", "email": "ada@example.com", "password": f"{MARK} of the right"}
    right = {"username": "ada", "password": account["password"]}

    def post(path, body, token=None):
        return ask(url, "POST", AUTH + path, body, token=token, headers=cookie)

    assert post("/register", account).status == 201
    assert post("/register", account).status == 409
    assert post("/login", {"username": "ada", "password": f"{MARK} of the wrong"}).status == 401
    assert post("/login", {"username": "ada", "passwort": MARK, MARK: MARK}).status == 422
    assert post("/login", [MARK]).status == 422
    first = post("/login", right).json
    second = post("/refresh", None, first["refresh_token"]).json
    assert post("/refresh", None, second["refresh_token"]).status == 200
    assert post("/refresh", None, first["refresh_token"]).status == 401
    third = post("/login", right).json
    access = third["access_token"]
    assert ask(url, "GET", f"/api/v1/posts?token={MARK}", token=access).status == 422
    assert ask(url, "GET", "/api/v1/posts", token=MARK).status == 401
    expiry = {"name": "x", "scopes": ["read"], "expires_at": "2099-01-01T00:00:00Z"}
    script = post("/tokens", expiry, access).json
    assert ask(url, "GET", "/api/v1/posts", token=script["token"]).status == 200
    assert post("/password-reset", {"email": "ada@example.com"}).status in (202, 503)
    confirm = {"token": f"{MARK}{'x' * 35}", "password": f"{MARK} of the new"}
    assert post("/password-reset/confirm", confirm).status in (400, 422)
    change = {"current_password": account["password"], "new_password": f"{MARK} of the next"}
    assert ask(url, "PUT", f"{AUTH}/password", change, token=access).status == 204
    tokens = [pair[kind] for pair in (first, second, third) for kind in ("access_token", "refresh_token")]
    return [*tokens, script["token"]]


def test_no_secret_is_logged_and_no_line_is_forged(database_url, app):
    settings = {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": "text", "WEB_CONCURRENCY": "1"}
    with launch(database_url, **settings) as service:
        tokens = use(service.url)
        for raw in MALFORMED:
            send(service.url, raw)
        assert ask(service.url, "GET", "/health/live").status == 200
        written = service.read_output()
    entries = re.compile(r"\[\d{4}-|\d\d:\d\d:\d\d\.\d{3} |API |docs |health ")
    assert [line for line in written.splitlines()[-60:] if not entries.match(line)] == []
    assert "Invalid request from ip=127.0.0.1: InvalidRequestLine" in written
    assert not re.findall(rf".*{MARK}.*", written)
    assert not [token for token in tokens if token in written or token.rpartition(".")[2] in written]
    assert "argon2" not in written
