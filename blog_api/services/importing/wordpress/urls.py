"""Compare the URLs in an export."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from blog_api.text.paths import canonical_path

# Jetpack serves the pictures of a blog from these hosts.
_SCHEME = re.compile(r"(?:https?:)?//(?:i[0-9]\.wp\.com/)?", re.IGNORECASE)
# The sizes in which WordPress stores a picture: cat-300x200.jpg.
_SIZE = re.compile(r"-\d{1,5}x\d{1,5}(?=\.[A-Za-z0-9]{2,5}$)")


class Parts(NamedTuple):
    """The parts of a web address. `host` is lower-case, with a port if there is one, and empty for other URLs."""

    host: str = ""
    path: str = ""
    query: str = ""
    fragment: str = ""


def split(url: str) -> Parts:
    """Split a URL. Never raises."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return Parts()
    if parts.scheme not in ("http", "https", ""):
        return Parts()
    return Parts(parts.netloc.lower().rpartition("@")[2], parts.path, parts.query, parts.fragment)


def hosts_of(urls: Iterable[str]) -> frozenset[str]:
    """Return the hosts of the URLs, with and without `www.`."""
    hosts = {host.removeprefix("www.") for url in urls if (host := split(url).host)}
    return frozenset(hosts | {f"www.{host}" for host in hosts})


def own_path(url: str, hosts: Collection[str]) -> str:
    """Return the canonical path of a URL on one of the hosts, or "" for others, for queries, and for the root."""
    parts = split(url)
    if parts.host not in hosts or parts.query:
        return ""
    try:
        path = canonical_path(parts.path)
    except ValueError:
        return ""
    return "" if path == "/" else path


def without_scheme(url: str) -> str:
    """Return the URL without `https://`, and without the host that serves copies of pictures."""
    return _SCHEME.sub("", url, count=1)


def original(url: str) -> str:
    """Return the URL of a file without the scheme, a query, and the size that WordPress adds to the name."""
    return without_size(without_scheme(url.partition("?")[0]))


def without_size(url: str) -> str:
    """Return the URL without the size that WordPress adds to the names of smaller copies of a picture."""
    return _SIZE.sub("", url)
