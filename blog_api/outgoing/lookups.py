"""Look up the addresses of a host, with a timeout."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future

from blog_api.outgoing.addresses import is_public
from blog_api.outgoing.failures import RequestFailed
from blog_api.outgoing.urls import Target

# Returns the IP addresses of a host within a number of seconds. Raises OSError.
Resolver = Callable[[str, float], list[str]]


def look_up(host: str, seconds: float) -> list[str]:
    """Return the IP addresses of a host. Raises OSError, and TimeoutError after that many seconds."""
    found: Future[list[str]] = Future()
    # Use a thread, because the system resolver can take half a minute and cannot be interrupted. After a timeout the
    # thread ends on its own. It holds no resources, and as a daemon it does not delay the exit of the process.
    threading.Thread(target=_resolve, args=[host, found], name=f"lookup of {host}", daemon=True).start()
    return found.result(max(0.0, seconds))


def _resolve(host: str, found: Future[list[str]]) -> None:
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        found.set_result(list(dict.fromkeys(str(entry[4][0]) for entry in entries)))
    except Exception as error:  # noqa: BLE001 - re-raised in the waiting thread
        found.set_exception(error if isinstance(error, OSError) else OSError(str(error)))


def checked_addresses(target: Target, resolve: Resolver, seconds: float) -> list[str]:
    """Return the addresses to connect to. Raises RequestFailed if there are none, or if any of them is not public."""
    if target.is_address:
        return [target.host]
    try:
        addresses = resolve(target.host, seconds)
    except TimeoutError:
        raise RequestFailed("The name of the host was not found in time.") from None
    except OSError:
        addresses = []
    if not addresses:
        raise RequestFailed("The host was not found.")
    if not target.is_trusted and not all(map(is_public, addresses)):
        raise RequestFailed("The host has an address that is not public.")
    return addresses
