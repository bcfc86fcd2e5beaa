"""A simple HTTP client for tests of the real service, with a new connection for each request."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

SECONDS = 60


@dataclass(frozen=True, slots=True)
class Reply:
    """A response."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def connect(url: str) -> http.client.HTTPConnection:
    """Return a connection to the service at `url`."""
    address = urlsplit(url)
    assert address.hostname is not None
    return http.client.HTTPConnection(address.hostname, address.port, timeout=SECONDS)


def ask(
    url: str,
    method: str,
    path: str,
    body: Any = None,
    *,
    token: str | None = None,
    chunks: Iterable[bytes] | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """Send a request. `body` is sent as JSON, `chunks` as a chunked body."""
    sent = {"Content-Type": "application/json", **(headers or {})}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    data = chunks if chunks is not None else None if body is None else json.dumps(body).encode()
    with contextlib.closing(connect(url)) as connection:
        # The service may reject a body without reading all of it.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, path, data, sent, encode_chunked=chunks is not None)
        return read(connection)


def read(connection: http.client.HTTPConnection) -> Reply:
    """Read the response from a connection."""
    reply = connection.getresponse()
    return Reply(reply.status, reply.headers, reply.read())


def exchange(url: str, request: bytes) -> Reply:
    """Send raw bytes, close the sending side, and return the first response."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=SECONDS) as connection:
        # The service may reject a request without reading all of it.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
        reply = http.client.HTTPResponse(connection, method=request[: request.find(b" ")].decode("latin-1"))
        reply.begin()
        with contextlib.closing(reply):
            return Reply(reply.status, reply.headers, reply.read())


class Upload:
    """A request whose body is sent in two halves, and a context manager that closes the connection."""

    def __init__(self, url: str, path: str, body: Any, token: str) -> None:
        self.connection = connect(url)
        data = json.dumps(body).encode()
        self.connection.putrequest("POST", path)
        self.connection.putheader("Content-Type", "application/json")
        self.connection.putheader("Content-Length", str(len(data)))
        self.connection.putheader("Authorization", f"Bearer {token}")
        self.connection.endheaders(data[: len(data) // 2])
        self.rest = data[len(data) // 2 :]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def finish(self) -> Reply:
        """Send the second half, and return the response."""
        with self:
            self.connection.send(self.rest)
            return read(self.connection)
