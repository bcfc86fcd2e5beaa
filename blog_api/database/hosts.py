"""Connect to the hosts of a database URL, one after another.

With a wait callback, psycopg2 does not let libpq move on from an unresponsive host, and libpq resolves names without a
timeout while holding the GIL. So pass libpq one host at a time, with its IP address and with its name, which TLS needs.
"""

from __future__ import annotations

import ipaddress
import math
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from psycopg2 import OperationalError

from blog_api.context import limit_deadline, seconds_left

Parameters = Mapping[str, Any]
_PER_HOST = ("host", "hostaddr", "port")


def connect(driver: Callable[..., Any], parameters: Parameters) -> Any:
    """Return a connection to the first host that accepts one. `parameters` are those of libpq.

    Split the remaining time equally between the hosts, and between the addresses of each. If all fail, raise the error
    of the last one.
    """
    return _first_success([partial(_connect_to_host, driver, host) for host in split_hosts(parameters)])


def split_hosts(parameters: Parameters) -> list[Parameters]:
    """Return separate parameters for each host, in the order to try them."""
    lists = {name: str(parameters[name]).split(",") for name in _PER_HOST if parameters.get(name)}
    number = max((len(values) for values in lists.values()), default=1)
    if any(len(values) not in (1, number) for values in lists.values()):
        # Let libpq report the error.
        return [parameters]
    columns = {name: values * (number // len(values)) for name, values in lists.items()}
    hosts: list[Parameters] = [
        {**parameters, **{name: values[place] for name, values in columns.items()}} for place in range(number)
    ]
    if number > 1 and parameters.get("target_session_attrs") == "prefer-standby":
        return [{**host, "target_session_attrs": wanted} for wanted in ("standby", "any") for host in hosts]
    return hosts


def _connect_to_host(driver: Callable[..., Any], parameters: Parameters) -> Any:
    host = parameters.get("host", "")
    if parameters.get("hostaddr") or not _is_name(host):
        return driver(**parameters)
    addresses = [{**parameters, "hostaddr": address} for address in _look_up(host)]
    return _first_success([partial(driver, **one) for one in addresses])


def _first_success(attempts: Sequence[Callable[[], Any]]) -> Any:
    """Return the result of the first attempt that succeeds, splitting the remaining time equally between them."""
    for remaining, attempt in zip(range(len(attempts), 1, -1), attempts, strict=False):
        try:
            with limit_deadline(seconds_left() / remaining):
                return attempt()
        except OperationalError:
            continue
    return attempts[-1]()


def _is_name(host: str) -> bool:
    """Return whether the host needs a DNS lookup: it is no IP address, socket directory or list of hosts."""
    if not host or host.startswith(("/", "@")) or "," in host:
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


def _look_up(host: str) -> list[str]:
    """Return the IP addresses of a host. Raises OperationalError with the message of libpq."""
    found: Future[list[str]] = Future()
    # Use a thread, because the system resolver can take half a minute and cannot be interrupted. After a timeout the
    # thread ends on its own. It holds no resources, and as a daemon it does not delay the exit of the process.
    threading.Thread(target=_resolve, args=[host, found], name=f"lookup of {host}", daemon=True).start()
    remaining = seconds_left()
    try:
        return found.result(None if remaining == math.inf else max(0, remaining))
    except TimeoutError:
        reason = "timeout expired"
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
    raise OperationalError(f'could not translate host name "{host}" to address: {reason}')


def _resolve(host: str, found: Future[list[str]]) -> None:
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        found.set_result([str(entry[4][0]) for entry in entries])
    except Exception as error:  # noqa: BLE001 - re-raised in the waiting thread
        found.set_exception(error)
