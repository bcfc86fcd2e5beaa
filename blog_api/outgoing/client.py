"""An HTTP client for URLs that somebody else chose.

It connects only to checked addresses, follows no redirects, uses no proxy and no credentials from the environment, and
limits the time and the size of a response as a whole.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Self

import pycurl

from blog_api.outgoing.failures import RequestAborted, RequestFailed
from blog_api.outgoing.lookups import Resolver, checked_addresses, look_up
from blog_api.outgoing.urls import Target, UrlError, parse_url

# For everything together: name lookup, connecting, sending, and receiving the response.
SECONDS = 10.0
# Of headers and body.
MAX_BYTES = 64 * 1024
# How long the addresses of a host are used for further requests of one client.
LOOKUP_SECONDS = 30.0
_MESSAGES = {
    pycurl.E_OPERATION_TIMEDOUT: "There was no complete response in time.",
    pycurl.E_COULDNT_CONNECT: "The host refused the connection.",
    pycurl.E_PEER_FAILED_VERIFICATION: "The certificate of the host is not valid for it.",
    pycurl.E_SSL_CONNECT_ERROR: "The TLS connection failed.",
    pycurl.E_GOT_NOTHING: "The host closed the connection without a response.",
    pycurl.E_RECV_ERROR: "The connection was lost.",
    pycurl.E_SEND_ERROR: "The connection was lost.",
}


@dataclass(frozen=True, slots=True)
class Response:
    """A response. `body` is cut off at the limit. `headers` have lower-case names, the last value of each."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


class _Socket(socket.socket):
    """A socket that pycurl duplicates: this one closes when pycurl drops it."""

    def __del__(self) -> None:
        self.close()


@dataclass(slots=True)
class _Received:
    """What has been received of a response."""

    max_bytes: int
    size: int = 0
    body: bytearray = field(default_factory=bytearray)
    headers: dict[str, str] = field(default_factory=dict)

    def header(self, line: bytes) -> int | None:
        self.size += len(line)
        if self.size > self.max_bytes:
            return -1
        if line.startswith(b"HTTP/"):
            # An interim response may come first.
            self.headers.clear()
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            self.headers[name.strip().lower()] = value.strip()
        return None

    def data(self, part: bytes) -> int | None:
        self.size += len(part)
        if self.size > self.max_bytes:
            return -1
        self.body += part
        return None

    @property
    def is_too_large(self) -> bool:
        return self.size > self.max_bytes


class Client:
    """Sends requests one after another, over the same connection if possible. Use it as a context manager."""

    def __init__(
        self,
        trusted_hosts: Collection[str] = (),
        *,
        resolve: Resolver = look_up,
        certificates: str | None = None,
        seconds: float = SECONDS,
        is_aborted: Callable[[], bool] = lambda: False,
    ) -> None:
        """Create a client.

        `trusted_hosts` are those of `parse_url`, `certificates` is a file of certificate authorities instead of those
        of the system. Requests end about a second after `is_aborted` has become true.
        """
        self._trusted_hosts, self._resolve, self._seconds = trusted_hosts, resolve, seconds
        self._is_aborted = is_aborted
        paths = ssl.get_default_verify_paths()
        authorities = {pycurl.CAINFO: certificates or paths.cafile, pycurl.CAPATH: paths.capath}
        if certificates:
            del authorities[pycurl.CAPATH]
        self._authorities = {option: path for option, path in authorities.items() if path}
        self._curl = pycurl.Curl()
        self._looked_up: tuple[str, float, list[str]] = ("", 0.0, [])

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the connections."""
        self._curl.close()

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        max_bytes: int = MAX_BYTES,
    ) -> Response:
        """Send a request, and return the response. Raises RequestFailed.

        Reading stops after `max_bytes`. If that is after the headers, the response counts as complete.
        """
        started = time.monotonic()
        try:
            target = parse_url(url, self._trusted_hosts)
        except UrlError as error:
            raise RequestFailed(str(error)) from None
        addresses = self._addresses_of(target)
        received = _Received(max_bytes)
        left = max(0.001, self._seconds - (time.monotonic() - started))
        self._prepare(target, addresses, left, received)
        self._curl.setopt(pycurl.CUSTOMREQUEST, method)
        self._curl.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in headers.items()])
        if body:
            self._curl.setopt(pycurl.POSTFIELDS, body)
        self._perform(received)
        status = self._curl.getinfo(pycurl.RESPONSE_CODE)
        return Response(status, received.headers, bytes(received.body), time.monotonic() - started)

    def _addresses_of(self, target: Target) -> list[str]:
        host, at, addresses = self._looked_up
        now = time.monotonic()
        if host != target.host or now - at > LOOKUP_SECONDS:
            addresses = checked_addresses(target, self._resolve, self._seconds)
            self._looked_up = (target.host, now, addresses)
        return addresses

    def _prepare(self, target: Target, addresses: list[str], seconds: float, received: _Received) -> None:
        checked = {ip_address(address) for address in addresses}

        def open_socket(_purpose: int, address: Any) -> _Socket | int:
            # The last guard, whatever the parser and the resolver of libcurl make of the URL.
            if ip_address(address.addr[0]) not in checked:
                return int(pycurl.SOCKET_BAD)
            return _Socket(address.family, address.socktype, address.protocol)

        curl = self._curl
        curl.reset()
        options: dict[int, Any] = {
            pycurl.URL: target.url,
            pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
            pycurl.PATH_AS_IS: True,
            pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
            pycurl.FOLLOWLOCATION: False,
            # Not those of the environment.
            pycurl.PROXY: "",
            pycurl.NOPROXY: "*",
            pycurl.NETRC: pycurl.NETRC_IGNORED,
            pycurl.OPENSOCKETFUNCTION: open_socket,
            # Timeouts without signals, which work in the main thread only.
            pycurl.NOSIGNAL: True,
            pycurl.TIMEOUT_MS: max(1, int(seconds * 1000)),
            pycurl.HEADERFUNCTION: received.header,
            pycurl.WRITEFUNCTION: received.data,
            pycurl.NOPROGRESS: False,
            pycurl.XFERINFOFUNCTION: lambda *_: int(self._is_aborted()),
        }
        if not target.is_address:
            listed = ",".join(f"[{address}]" if ":" in address else address for address in addresses)
            options[pycurl.RESOLVE] = [f"{target.host}:{target.port}:{listed}"]
        for option, value in (options | self._authorities).items():
            curl.setopt(option, value)

    def _perform(self, received: _Received) -> None:
        try:
            self._curl.perform()
        except pycurl.error as error:
            code, reason = int(error.args[0]), str(error.args[-1])
            if code == pycurl.E_ABORTED_BY_CALLBACK:
                raise RequestAborted("The request was aborted.") from None
            if code == pycurl.E_WRITE_ERROR and received.is_too_large and received.body:
                return
            if received.is_too_large:
                raise RequestFailed("The response is too large.") from None
            raise RequestFailed(_MESSAGES.get(code, f"The request failed: {reason}"[:200])) from None
