"""Connect to the hosts of an address, one after the other.

While psycopg2 has a wait callback, libpq does not leave a silent host for the next one, and it looks names up without a
limit and with Python's lock held. So libpq is given one host at a time, and its address beside its name, which TLS
still needs.
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
    """Return what `driver` makes of the parameters of libpq, for the first host that accepts a connection.

    Split the remaining time equally between the hosts, and between the addresses of each. Raises what the driver
    raises for the last one.
    """
    return _first_success([partial(_connect_to_host, driver, host) for host in split_hosts(parameters)])


def split_hosts(parameters: Parameters) -> list[Parameters]:
    """Return the parameters for each host that they name, in the order in which to try them."""
    lists = {name: str(parameters[name]).split(",") for name in _PER_HOST if parameters.get(name)}
    number = max((len(values) for values in lists.values()), default=1)
    if any(len(values) not in (1, number) for values in lists.values()):
        # libpq says what is wrong with them.
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
    """Whether to look the host up: it is neither an IP address, nor the folder of a socket, nor a list for libpq."""
    if not host or host.startswith(("/", "@")) or "," in host:
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


def _look_up(host: str) -> list[str]:
    """Return the addresses of a host. Raises OperationalError, in the words of libpq."""
    found: Future[list[str]] = Future()
    # In a thread of its own, since the resolver of the system may take half a minute and cannot be interrupted. A
    # thread whose answer comes too late ends by itself; it holds nothing, and no process waits for it.
    threading.Thread(target=_resolve, args=[host, found], name=f"look-up of {host}", daemon=True).start()
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
    except Exception as error:  # noqa: BLE001 - raised again by the thread that waits
        found.set_exception(error)
