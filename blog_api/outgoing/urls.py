"""Parse URLs that somebody else chose, strictly, and rebuild them from the checked parts.

The HTTP client receives only the rebuilt URL, so the two cannot disagree about the host.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

import idna

from blog_api.outgoing.addresses import is_public

MAX_URL = 2000
_PORTS = {"http": 80, "https": 443}
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[^\[\]/?#@\\]*\]|[^\[\]/?#@\\:]*)(?::(?P<port>[0-9]{1,5}))?(?P<path>[/?].*)?",
    re.IGNORECASE,
)
# RFC 3986, without fragments. A percent sign begins an encoded byte.
_PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\[\]-]|%[0-9A-Fa-f]{2})*")
# Underscores are not allowed in names of hosts, but some container networks have them.
_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
# HTTP clients take such a host for an IPv4 address: https://url.spec.whatwg.org/#ends-in-a-number-checker
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class UrlError(ValueError):
    """The URL is invalid or not allowed. The message says why."""


class Target(NamedTuple):
    """A checked URL. An IP address as `host` has no brackets."""

    scheme: str
    host: str
    port: int
    path: str
    # Whether `host` is an IP address, and whether requests to it can use HTTP and reach local addresses.
    is_address: bool
    is_trusted: bool

    @property
    def url(self) -> str:
        """The URL, in a form that all clients understand in the same way."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def parse_url(url: str, trusted_hosts: Collection[str] = ()) -> Target:
    """Parse an https URL. Raises UrlError, also if its host is an IP address that is not public.

    `trusted_hosts` are canonical hosts (see `canonical_host`) for which http and all addresses are allowed.
    """
    if len(url) > MAX_URL:
        raise UrlError(f"This must have at most {MAX_URL} characters.")
    if "@" in url.partition("://")[2].partition("/")[0].partition("?")[0]:
        raise UrlError("This must not contain a user name or a password.")
    if "#" in url:
        raise UrlError("This must not contain a fragment.")
    found = _URL.fullmatch(url)
    if found is None or not _PATH.fullmatch(path := found["path"] or "/"):
        raise UrlError(
            "This must be a URL such as https://example.com/hook, with special characters encoded."
        )
    scheme, host = found["scheme"].lower(), canonical_host(found["host"])
    port = int(found["port"] or _PORTS[scheme])
    if not 0 < port < 65536:
        raise UrlError("The port must be from 1 to 65535.")
    is_trusted, is_address = host in trusted_hosts, is_ip_address(host)
    if scheme != "https" and not is_trusted:
        raise UrlError("This must begin with https://.")
    if is_address and not is_trusted and not is_public(host):
        raise UrlError("This IP address is not public.")
    return Target(scheme, host, port, path if path.startswith("/") else f"/{path}", is_address, is_trusted)


def canonical_host(host: str) -> str:
    """Return a host in its canonical form: a name in lower-case ASCII, or an IP address without brackets.

    Raises UrlError if it is invalid, or an IPv4 address in an unusual notation.
    """
    try:
        if host.startswith("["):
            return str(IPv6Address(host[1:-1] if "%" not in host else ""))
        name = _ascii_name(host).removesuffix(".")
        if _NUMBER.fullmatch(name.rpartition(".")[2]):
            return str(IPv4Address(name))
    except ValueError:
        raise UrlError("The host must be a name or an IP address in the usual notation.") from None
    if not _NAME.fullmatch(name):
        raise UrlError("The host must be a name or an IP address in the usual notation.")
    return name


def _ascii_name(host: str) -> str:
    if host.isascii():
        return host.lower()
    # As text/domains.py: map only case and width, and refuse invisible characters.
    name = unicodedata.normalize("NFKC", host).lower()
    return name if name.isascii() else idna.encode(name).decode()


def is_ip_address(host: str) -> bool:
    """Return whether a canonical host is an IP address, not a name."""
    return ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2]) is not None
