"""Send requests at a constant rate, independently of their responses."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.certificates import insecure_context

# Seconds that a client waits for a response: more than any deadline of the service.
CLIENT_TIMEOUT = 60
# Connections that were idle for longer are not reused: the service may be about to close them.
IDLE_SECONDS = 2.0


class NoConnection(Exception):
    """The connection failed, so nothing was sent."""


class NoResponse(Exception):
    """The connection was closed or timed out before the complete response arrived."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request. A write has a `mark`, by which it is found in the database, such as the title of a post."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    mark: str = ""

    @property
    def is_upload(self) -> bool:
        return self.target.endswith("/media")

    @property
    def has_key(self) -> bool:
        """Whether it creates a post or a comment, so that it can be repeated with the same `Idempotency-Key`."""
        return self.method == "POST" and not self.is_upload


@dataclass(frozen=True, slots=True)
class Reply:
    """A response. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a request: start time, duration, and the response or the error."""

    request: Request
    sent: float
    seconds: float
    reply: Reply | None = None
    error: type[Exception] | None = None

    @property
    def status(self) -> int:
        """The status of the response, or 0 without one."""
        return self.reply.status if self.reply else 0

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


class Connection:
    """A keep-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.idle_since = 0.0

    @property
    def is_fresh(self) -> bool:
        """Whether to reuse the connection: it seems open, and was used recently."""
        return not self.reader.at_eof() and time.monotonic() - self.idle_since < IDLE_SECONDS

    async def exchange(self, data: bytes) -> tuple[Reply, bool]:
        """Send a request. Return its response, and whether the connection stays open. Raises NoResponse."""
        try:
            self.writer.write(data)
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status, *lines = head.split("\r\n")[:-2]
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
            }
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        except (OSError, asyncio.IncompleteReadError) as error:
            raise NoResponse from error
        self.idle_since = time.monotonic()
        return Reply(int(status.split()[1]), headers, body), headers.get("connection") != "close"


class Load:
    """A context manager that sends `rate` requests per second to `url` from a thread, and adds to `outcomes`.

    On exit, it waits for the responses to all requests sent.
    """

    def __init__(self, url: str, requests: Iterable[Request], rate: float) -> None:
        self.outcomes: list[Outcome] = []
        self._address = urlsplit(url)
        self._requests, self._rate = requests, rate
        self._idle: deque[Connection] = deque()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._drive()), name="load")
        self._tls = insecure_context() if self._address.scheme == "https" else None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def finish(self) -> list[Outcome]:
        """Wait for the responses to all requests, and return the outcomes."""
        self._thread.join()
        return self.outcomes

    async def _drive(self) -> None:
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number, request in enumerate(self._requests):
                await asyncio.sleep(max(0.0, began + number / self._rate - time.monotonic()))
                if self._stop.is_set():
                    break
                group.create_task(self._send(request))
        while self._idle:
            self._idle.pop().writer.close()

    async def _send(self, request: Request) -> None:
        began = time.monotonic()
        reply, error = None, None
        try:
            async with asyncio.timeout(CLIENT_TIMEOUT):
                reply = await self._exchange(self._bytes_of(request))
        except (NoConnection, NoResponse, TimeoutError) as caught:
            error = type(caught)
        self.outcomes.append(Outcome(request, began, time.monotonic() - began, reply, error))

    async def _exchange(self, data: bytes) -> Reply:
        connection = await self._connect()
        stays = False
        try:
            reply, stays = await connection.exchange(data)
        finally:
            if stays:
                self._idle.append(connection)
            else:
                connection.writer.close()
        return reply

    async def _connect(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_fresh:
                return connection
            connection.writer.close()
        try:
            return Connection(
                *await asyncio.open_connection(self._address.hostname, self._address.port, ssl=self._tls)
            )
        except OSError as error:
            raise NoConnection from error

    def _bytes_of(self, request: Request) -> bytes:
        headers = {"Host": self._address.netloc, **request.headers}
        if request.body:
            sent = {"Content-Type": "application/json", "Content-Length": str(len(request.body))}
            headers = sent | headers
        lines = [
            f"{request.method} {request.target} HTTP/1.1",
            *(f"{name}: {headers[name]}" for name in headers),
        ]
        return "\r\n".join([*lines, "", ""]).encode("ascii") + request.body
