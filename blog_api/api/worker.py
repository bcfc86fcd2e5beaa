"""A threaded gunicorn worker.

It receives requests without a thread (api/receiving.py), and runs them in lanes (api/lanes.py). It leaves connections
to idle workers: all share one listening socket, and the first to wake up would accept a whole burst. It answers
requests that it cannot parse with problems, not HTML. When it stops, it stops listening at once.
"""

from __future__ import annotations

import contextlib
import errno
import struct
import time
from bisect import insort
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from operator import attrgetter
from selectors import EVENT_READ
from socket import SO_RCVTIMEO, SO_SNDTIMEO, SOL_SOCKET, socket
from typing import Any
from wsgiref.util import setup_testing_defaults

from gunicorn.http import errors
from gunicorn.workers.gthread import TConn, ThreadWorker
from werkzeug import exceptions
from werkzeug.test import run_wsgi_app

from blog_api.api.lanes import LanePool
from blog_api.api.receiving import Incoming
from blog_api.api.request_head import REJECTION
from blog_api.problems import BadRequest, HeadersTooLarge, InternalError, Problem, UriTooLong

# How long a busy worker waits before it accepts a connection, so that an idle one can take it, in seconds.
ACCEPT_DELAY = 0.002
# How long a new connection may send nothing, in seconds; the smaller one applies while the worker stops.
FIRST_BYTE_TIMEOUT, FIRST_BYTE_TIMEOUT_STOPPING = 10, 2
# How long a client may pause within a request, or receive nothing of a response, in seconds.
SILENCE_TIMEOUT = 30

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


class Worker(ThreadWorker):
    """A threaded worker in which request deadlines include the time in the queue."""

    tpool: LanePool
    pending_conns: deque[TConn]

    def get_thread_pool(self) -> LanePool:
        """Return the thread pool that runs the requests."""
        settings = self.app.wsgi().config
        return LanePool(self.cfg.threads, settings["DB_POOL_SIZE"] + settings["DB_MAX_OVERFLOW"])

    def enqueue_req(self, conn: TConn) -> None:
        """Run the next request of the connection in its lane. Until it has arrived, wait for it without a thread."""
        if conn.cfg.is_ssl:
            # Only a thread can decrypt it.
            conn.lane, conn.incoming = "write", Incoming()
            super().enqueue_req(conn)
            return
        incoming = getattr(conn, "incoming", None) or self._start_receiving(conn)
        if incoming.lane() is None:
            incoming.receive(conn.sock)
        lane = incoming.lane()
        if lane is None:
            self._wait_for_more(conn)
        elif not incoming.data:
            self.nr_conns -= 1
            conn.close()
        else:
            conn.incoming = None
            conn.init()
            conn.parser.unreader.unread(bytes(incoming.data))
            conn.lane, conn.data_ready = lane, True
            super().enqueue_req(conn)

    def _start_receiving(self, conn: TConn) -> Incoming:
        """Return the next request, with what gunicorn has read ahead of it."""
        if conn.parser is None:
            for timeout in (SO_RCVTIMEO, SO_SNDTIMEO):
                conn.sock.setsockopt(SOL_SOCKET, timeout, struct.pack("@ll", SILENCE_TIMEOUT, 0))
        incoming = Incoming(conn.parser.unreader.take_buffered() if conn.parser else b"")
        conn.incoming = incoming
        return incoming

    def _wait_for_more(self, conn: TConn) -> None:
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + self._seconds_to_wait(conn)
        # The connections that time out first are at the front.
        insort(self.pending_conns, conn, key=attrgetter("timeout"))
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def _seconds_to_wait(self, conn: TConn) -> float:
        if conn.incoming.data:
            return SILENCE_TIMEOUT
        return FIRST_BYTE_TIMEOUT if self.alive else FIRST_BYTE_TIMEOUT_STOPPING

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """Respond to a request. Close the connection of a client that receives nothing for SILENCE_TIMEOUT."""
        try:
            return bool(super().handle_request(req, conn))
        except BlockingIOError as error:
            # gunicorn would log a traceback.
            raise ConnectionResetError(
                errno.ECONNRESET, "The client does not receive the response."
            ) from error

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
                conn.timeout = min(conn.timeout, time.monotonic() + self._seconds_to_wait(conn))
            self.pending_conns = deque(sorted(self.pending_conns, key=attrgetter("timeout")))
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
