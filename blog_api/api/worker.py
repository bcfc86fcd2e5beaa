"""A threaded gunicorn worker.

It measures how long requests wait for a thread: only the worker knows, and it counts against the deadline. It leaves
connections to idle workers: all share one listening socket, and the first to wake up would accept a whole burst. It
answers requests that it cannot parse with problems, not HTML. When it stops, it stops listening at once.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from socket import socket
from typing import Any
from wsgiref.util import setup_testing_defaults

from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker
from werkzeug import exceptions
from werkzeug.test import run_wsgi_app

from blog_api.api.deadlines import record_wait
from blog_api.api.request_head import REJECTION
from blog_api.problems import BadRequest, HeadersTooLarge, InternalError, Problem, UriTooLong

# How long a busy worker waits before it accepts a connection, so that an idle one can take it, in seconds.
ACCEPT_DELAY = 0.002

# What gunicorn raises for a request that it cannot parse. The first match counts.
_PROBLEMS: tuple[tuple[type[Exception], Callable[[], Problem | exceptions.HTTPException]], ...] = (
    (errors.InvalidResponseHeader, InternalError),
    (errors.InvalidResponseHeaderName, InternalError),
    (errors.ConfigurationProblem, InternalError),
    (errors.LimitRequestLine, lambda: UriTooLong("The request line is too long.")),
    (errors.LimitRequestHeaders, HeadersTooLarge),
    (
        errors.ExpectationFailed,
        lambda: exceptions.ExpectationFailed("The only supported Expect is 100-continue."),
    ),
    (
        errors.UnsupportedTransferCoding,
        lambda: exceptions.NotImplemented("The only supported Transfer-Encoding is chunked."),
    ),
    (errors.InvalidRequestLine, lambda: BadRequest("The request line is malformed.")),
    (errors.InvalidRequestMethod, lambda: BadRequest("The method is malformed.")),
    (errors.InvalidHTTPVersion, lambda: BadRequest("The HTTP version is malformed or not supported.")),
    (errors.InvalidHeader, lambda: BadRequest("A header is malformed or ambiguous.")),
    (errors.InvalidHeaderName, lambda: BadRequest("The name of a header is malformed.")),
    (errors.ObsoleteFolding, lambda: BadRequest("A header spans several lines.")),
    (errors.ParseException, lambda: BadRequest("The request is malformed.")),
    (Exception, InternalError),
)


class TimedThreadPool(ThreadPoolExecutor):
    """A thread pool that records how long each request has waited for a thread."""

    def submit(self, handle: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Run the function in a thread, after recording its wait there."""
        queued = time.monotonic()

        def run() -> Any:
            record_wait(time.monotonic() - queued)
            return handle(*args, **options)

        return super().submit(run)


class Worker(ThreadWorker):
    """A threaded worker in which request deadlines include the time in the queue."""

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """Return the thread pool that runs the requests."""
        return TimedThreadPool(self.cfg.threads)

    def accept(self, listener: socket) -> None:
        """Accept a connection. If all threads are busy, first give other workers the chance to take it."""
        idle = len(self.keepalived_conns) + len(self.pending_conns)
        if self.nr_conns - idle >= self.cfg.threads:
            time.sleep(ACCEPT_DELAY)
        super().accept(listener)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Start or stop accepting connections. A stopping worker also closes its listeners.

        Otherwise the kernel would go on to accept connections that nobody serves, until the last request has ended.
        """
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                self._accept_waiting(listener)
                listener.close()

    def _accept_waiting(self, listener: socket) -> None:
        """Accept the connections that the kernel has accepted already: closing the listener would reset them."""
        listener.setblocking(False)
        accepted = -1
        while accepted < self.nr_conns < self.worker_connections:
            accepted = self.nr_conns
            super().accept(listener)

    def handle_error(self, req: Any, client: socket, addr: Any, exc: Exception) -> None:
        """Answer a request that gunicorn could not parse with a problem of this service, and log it without content."""
        problem = next(make() for kind, make in _PROBLEMS if isinstance(exc, kind))
        if isinstance(problem, InternalError):
            self.log.error("Error handling request", exc_info=exc)
        else:
            self.log.warning("Invalid request from ip=%s: %s", addr[0], type(exc).__name__)
        environ = {"REMOTE_ADDR": addr[0], REJECTION: problem}
        setup_testing_defaults(environ)
        body, status, headers = run_wsgi_app(self.wsgi, environ, buffered=True)
        headers["Connection"] = "close"
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        with contextlib.suppress(OSError):
            client.sendall(f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + b"".join(body))
