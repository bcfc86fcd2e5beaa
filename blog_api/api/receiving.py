"""Receive requests in the main loop of a worker, so that slow clients do not occupy a thread.

This module only finds out the size of a request; gunicorn parses it. A wrong size only costs a thread.
"""

from __future__ import annotations

import math
import re
from socket import MSG_DONTWAIT, socket

from blog_api.api.lanes import Lane, lane_of

# Larger requests are received by a thread, so that a worker never holds many large ones. At least as large as any head.
MAX_BUFFERED = 65_536

_HEAD_END = b"\r\n\r\n"
# RFC 9112, section 2.2: the lines of a head end with CRLF.
_BARE_LF = re.compile(rb"(?<!\r)\n")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
# The end of a chunked body is found by parsing it, and a client that expects 100 waits for gunicorn to send it.
_UNKNOWN_SIZE = re.compile(rb"\r\n(transfer-encoding|expect)[ \t]*:", re.IGNORECASE)


class Incoming:
    """The part of the next request of a connection that has arrived."""

    __slots__ = ("_size", "data", "is_closed")

    def __init__(self, data: bytes = b"") -> None:
        """Start with data that was read ahead."""
        self.data = bytearray(data)
        self.is_closed = False
        self._size = request_size(self.data)

    def receive(self, sock: socket) -> None:
        """Append what has arrived, and note whether the client has closed its side."""
        try:
            received = sock.recv(MAX_BUFFERED, MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        self.data += received
        self.is_closed = not received
        if self._size is None:
            self._size = request_size(self.data)

    def lane(self) -> Lane | None:
        """Return the lane in which to run the request, or None to wait for more of it."""
        if self.is_closed or (self._size is not None and len(self.data) >= self._size):
            return lane_of(self.data)
        if self._size == math.inf or max(len(self.data), self._size or 0) > MAX_BUFFERED:
            return "upload"
        return None


def request_size(data: bytes | bytearray) -> float | None:
    """Return the size of the request that starts with `data`: None until its head is complete, inf if it is unknown.

    The size of a malformed head is that of the data, because there is nothing to wait for.
    """
    # RFC 9112, section 2.2: an empty line can precede the request line.
    head_end = data.find(_HEAD_END, 2 if data.startswith(b"\r\n") else 0)
    if head_end < 0:
        return len(data) if _BARE_LF.search(data) else None
    body = head_end + len(_HEAD_END)
    if _UNKNOWN_SIZE.search(data, 0, body):
        return math.inf
    length = _LENGTH.search(data, 0, body)
    return body + (int(length[1]) if length else 0)
