"""The files from which web servers read redirects."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote, urlsplit

# A path of the site, percent-encoded, and the path or URL that it leads to.
Pair = tuple[str, str]


def netlify_lines(pairs: Iterable[Pair]) -> Iterator[str]:
    """Yield the lines of a `_redirects` file of Netlify or Cloudflare Pages."""
    for path, target in _distinct(pairs, str):
        yield f"{path} {target} 301\n"


def nginx_lines(pairs: Iterable[Pair]) -> Iterator[str]:
    """Yield the entries of a `map $uri $target` block of nginx, which decodes `$uri` and ignores the case of keys."""
    entries = ((_nginx_source(path, target), target) for path, target in pairs)
    for source, target in _distinct(entries, _lower):
        quoted = source.replace("\\", "\\\\").replace('"', '\\"')
        # A dollar sign would begin a variable.
        yield f'"{quoted}" "{target.replace("$", "%24")}";\n'


def _nginx_source(path: str, target: str) -> str:
    """Return the decoded path, or a regular expression if it differs from the target's only in case."""
    source = unquote(path)
    is_other_case = _lower(source) == _lower(unquote(urlsplit(target).path))
    # Regular expressions are case-sensitive, but nginx tries them one by one.
    return f"~^{re.escape(source)}$" if is_other_case else source


def _lower(source: str) -> bytes:
    """Convert a string to lower case as nginx does: only the letters of ASCII."""
    return source.encode().lower()


def _distinct(pairs: Iterable[Pair], key: Callable[[str], str | bytes]) -> Iterator[Pair]:
    """Yield the first of the pairs whose paths are the same to the server."""
    seen = set[str | bytes]()
    for path, target in pairs:
        if key(path) not in seen:
            seen.add(key(path))
            yield path, target
