"""Faults caused by clients: slow clients, and many requests."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

from bench.processes import pss_anonymous_mb
from faults.environment import Environment, FaultsError
from faults.limits import Limit
from faults.load import Outcome
from tests.certificates import insecure_context
from tests.nginx import nginx

SLOW_CLIENTS = 60
MILLISECONDS_OF_OTHERS = 100
# Requests before the first memory measurement, to fill the bounded caches. The load repeats the same 500 URLs every
# 4,000 requests, and a worker caches a response at the second request.
WARM_UP = 10_000
REQUESTS_A_SECOND_OF_FAULT = 1000
MEGABYTES_OF_GROWTH, MORE_FILES = 3, 20


def behind_nginx(env: Environment) -> None:
    """Start the service behind nginx."""
    env.launch(TRUSTED_PROXIES="1")
    env.url = env.stack.enter_context(nginx(env.service.url)).url


def send_slowly(env: Environment) -> Sequence[Limit]:
    """Measure the effect of slow clients on others.

    A third of them sends headers slowly, a third sends the body slowly, and a third reads slowly.
    """
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        try:
            steps = [_slow_client(stack, env.url, number) for number in range(SLOW_CLIENTS)]
        except OSError as error:
            raise FaultsError("slow clients could not connect") from error
        while time.monotonic() < began + env.seconds:
            for step in steps:
                # nginx disconnects clients that are too slow.
                with contextlib.suppress(OSError):
                    step()
            time.sleep(1)
    taken = [done.seconds * 1000 for done in env.load.outcomes if done.sent > began]
    return [Limit("p99 of the other clients", quantiles(taken, n=100)[98], MILLISECONDS_OF_OTHERS, " ms")]


def _slow_client(stack: contextlib.ExitStack, url: str, number: int) -> Callable[[], object]:
    """Open a connection and start a request. Return the function that the client calls every second."""
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
    # Otherwise the kernel would buffer the response for the client.
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.connect((address.hostname, address.port))
    return insecure_context().wrap_socket(plain)


def check_growth(env: Environment) -> Sequence[Limit]:
    """Measure the growth of the memory of all workers, and of the open files of each, over ten thousand requests."""
    answered = env.load.outcomes
    _wait_for(answered, WARM_UP)
    before = {pid: (pss_anonymous_mb(pid), _files(pid)) for pid in env.workers}
    _wait_for(answered, len(answered) + env.seconds * REQUESTS_A_SECOND_OF_FAULT)
    grown = [(pss_anonymous_mb(pid) - memory, _files(pid) - files) for pid, (memory, files) in before.items()]
    memory, files = zip(*grown, strict=True)
    return [
        Limit("memory growth", sum(memory), MEGABYTES_OF_GROWTH, " MB"),
        Limit("additional open files", max(files), MORE_FILES),
    ]


def _wait_for(answered: Sequence[Outcome], number: float) -> None:
    # The load continues and every request ends, so this ends, too.
    while len(answered) < number:
        time.sleep(0.1)


def _files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
