"""What clients do: many that are slow, and very many requests."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

from bench.processes import pss_anonymous_mb
from faults.bars import Bar
from faults.load import Outcome
from faults.stage import FaultsError, Stage
from tests.certificates import insecure_context
from tests.nginx import nginx

SLOW_CLIENTS = 60
MILLISECONDS_OF_OTHERS = 100
# Before memory is looked at: by then the stores that are bounded are full. The load asks for the same 500 addresses
# every 4,000 requests, and a worker keeps a reply when it is asked for it the second time.
WARM_UP = 10_000
REQUESTS_A_SECOND_OF_FAULT = 1000
MEGABYTES_OF_GROWTH, MORE_FILES = 3, 20


def behind_nginx(stage: Stage) -> None:
    """The service with nginx before it, where the clients go."""
    stage.launch(TRUSTED_PROXIES="1")
    stage.url = stage.stack.enter_context(nginx(stage.service.url)).url


def send_slowly(stage: Stage) -> Sequence[Bar]:
    """What others notice of them. A third of the slow clients is slow with the headers, a third with the body, and
    a third reads slowly."""
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        try:
            steps = [_slow_client(stack, stage.url, number) for number in range(SLOW_CLIENTS)]
        except OSError as error:
            raise FaultsError("no place for slow clients") from error
        while time.monotonic() < began + stage.seconds:
            for step in steps:
                # Who is too slow is let go.
                with contextlib.suppress(OSError):
                    step()
            time.sleep(1)
    taken = [done.seconds * 1000 for done in stage.load.outcomes if done.sent > began]
    return [Bar("99 of 100 others within", quantiles(taken, n=100)[98], MILLISECONDS_OF_OTHERS, " ms")]


def _slow_client(stack: contextlib.ExitStack, url: str, number: int) -> Callable[[], object]:
    """A new connection with the beginning of a request on it; gives what the client does once a second."""
    connection = stack.enter_context(_connect(url))
    if number % 3 == 0:
        connection.sendall(b"GET /api/v1/posts HTTP/1.1\r\nHost: blog.example\r\nX-Slow: ")
        return lambda: connection.send(b"a")
    if number % 3 == 1:
        head = b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
        connection.sendall(b"POST /api/v1/posts HTTP/1.1\r\nHost: blog.example\r\n" + head)
        return lambda: connection.send(b" " * 100)
    target = b"/api/v1/posts?limit=100&fields=id,content"
    connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: blog.example\r\n\r\n")
    return lambda: connection.recv(100)


def _connect(url: str) -> socket.socket:
    address = urlsplit(url)
    plain = socket.socket()
    # Or the kernel would read for a client that does not.
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.connect((address.hostname, address.port))
    return insecure_context().wrap_socket(plain)


def check_growth(stage: Stage) -> Sequence[Bar]:
    """Ten thousand requests; what all workers together weigh before and after, and how many files one has open."""
    answered = stage.load.outcomes
    _wait_for(answered, WARM_UP)
    before = {pid: (pss_anonymous_mb(pid), _files(pid)) for pid in stage.workers}
    _wait_for(answered, len(answered) + stage.seconds * REQUESTS_A_SECOND_OF_FAULT)
    grown = [(pss_anonymous_mb(pid) - memory, _files(pid) - files) for pid, (memory, files) in before.items()]
    memory, files = zip(*grown, strict=True)
    return [
        Bar("memory grown by", sum(memory), MEGABYTES_OF_GROWTH, " MB"),
        Bar("more files open", max(files), MORE_FILES),
    ]


def _wait_for(answered: Sequence[Outcome], number: float) -> None:
    # As many are sent in a second as ever, and each ends, so that this does too.
    while len(answered) < number:
        time.sleep(0.1)


def _files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
