"""A TCP proxy that tests can close and reopen, or that drops responses."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

from tests.postgres import free_port


class Proxy:
    """Forward connections from its own port to that of a server while open."""

    def __init__(self, target: int) -> None:
        self.target, self.port = target, free_port()
        self.sockets: list[socket.socket] = []
        self.listener: socket.socket | None = None
        # Whether to drop all responses, as after a network failure.
        self.swallows = False

    def open(self) -> None:
        """Accept connections."""
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=[self.listener], daemon=True).start()

    def close(self) -> None:
        """Refuse new connections, and close existing ones."""
        assert self.listener is not None
        for one in (self.listener, *self.sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                self.sockets += near, far
                threading.Thread(target=self._join, args=[near, far], daemon=True).start()

    def _join(self, near: socket.socket, far: socket.socket) -> None:
        """Forward both directions. Close both sockets only after both directions have ended."""
        with near, far:
            back = threading.Thread(target=self._pass_back, args=[far, near], daemon=True)
            back.start()
            _pass_on(near, far, lambda: True)
            back.join()

    def _pass_back(self, far: socket.socket, near: socket.socket) -> None:
        _pass_on(far, near, lambda: not self.swallows)


def _pass_on(source: socket.socket, target: socket.socket, may_pass: Callable[[], bool]) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            if may_pass():
                target.sendall(data)
    # Signal the end of the stream to the other side, even after an error.
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def proxy(target: int) -> Iterator[Proxy]:
    """Run an open proxy for the local port `target`, and close it at the end."""
    made = Proxy(target)
    made.open()
    try:
        yield made
    finally:
        made.close()
