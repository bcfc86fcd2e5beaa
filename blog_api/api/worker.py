"""A threaded gunicorn worker.

It runs requests in lanes (api/lanes.py), and lets a connection wait without a thread until a request arrives. It leaves
connections to idle workers: all share one listening socket, and the first to wake up would accept a whole burst. It
answers requests that it cannot parse with problems, not HTML. When it stops, it stops listening at once.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from selectors import EVENT_READ
from socket import MSG_DONTWAIT, MSG_PEEK, socket
from typing import Any
from wsgiref.util import setup_testing_defaults

from gunicorn.http import errors
from gunicorn.workers.gthread import TConn, ThreadWorker
from werkzeug import exceptions
from werkzeug.test import run_wsgi_app

from blog_api.api.lanes import LanePool
from blog_api.api.request_head import REJECTION
from blog_api.problems import BadRequest, HeadersTooLarge, InternalError, Problem, UriTooLong

# How long a busy worker waits before it accepts a connection, so that an idle one can take it, in seconds.
ACCEPT_DELAY = 0.002
# How long a new connection may send nothing, in seconds; the smaller one applies while the worker stops.
FIRST_BYTE_TIMEOUT, FIRST_BYTE_TIMEOUT_STOPPING = 10, 2
# How many bytes of a request to look at: all of the longest request line.
PEEK_BYTES = 8192

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


def peek(conn: TConn) -> bytes | None:
    """Return the start of the next request without consuming it: b"" at the end of the stream, None if none arrived."""
    # After a request with a body, gunicorn may have read ahead.
    if conn.parser is not None and (buffered := conn.parser.unreader.buf.getvalue()):
        return bytes(buffered)
    try:
        return bytes(conn.sock.recv(PEEK_BYTES, MSG_PEEK | MSG_DONTWAIT))
    except BlockingIOError:
        return None
    except OSError:
        # The handler meets the same error, and closes the connection.
        return b""


class Worker(ThreadWorker):
    """A threaded worker in which request deadlines include the time in the queue."""

    tpool: LanePool

    def get_thread_pool(self) -> LanePool:
        """Return the thread pool that runs the requests."""
        settings = self.app.wsgi().config
        return LanePool(self.cfg.threads, settings["DB_POOL_SIZE"] + settings["DB_MAX_OVERFLOW"])

    def enqueue_req(self, conn: TConn) -> None:
        """Run the next request of the connection in its lane, or wait for it without a thread."""
        conn.head = peek(conn)
        if conn.head is not None:
            conn.data_ready = True
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + (FIRST_BYTE_TIMEOUT if self.alive else FIRST_BYTE_TIMEOUT_STOPPING)
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        """Wait for the next request of the connection, or close it. gunicorn would close it in the main loop."""
        if fs.cancelled() or fs.exception() is not None or not fs.result():
            self.nr_conns -= 1
            self.tpool.run_to_close(partial(conn.close, graceful=True))
        else:
            super().finish_request(conn, fs)

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
            for conn in self.pending_conns:
                conn.timeout = min(conn.timeout, time.monotonic() + FIRST_BYTE_TIMEOUT_STOPPING)
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
