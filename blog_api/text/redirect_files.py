"""The files from which web servers read redirects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote

# A path of the site, percent-encoded, and the path or URL that it leads to.
Pair = tuple[str, str]


def netlify_lines(pairs: Iterable[Pair]) -> Iterator[str]:
    """Yield the lines of a `_redirects` file of Netlify or Cloudflare Pages."""
    for path, target in _distinct(pairs, str):
        yield f"{path} {target} 301\n"


def nginx_lines(pairs: Iterable[Pair]) -> Iterator[str]:
    """Yield the entries of a `map $uri $target` block of nginx, which decodes `$uri` and ignores its case."""
    for path, target in _distinct(pairs, lambda path: unquote(path).lower()):
        decoded = unquote(path).replace("\\", "\\\\").replace('"', '\\"')
        # A dollar sign would begin a variable.
        yield f'"{decoded}" "{target.replace("$", "%24")}";\n'


def _distinct(pairs: Iterable[Pair], key: Callable[[str], str]) -> Iterator[Pair]:
    """Yield the first of the pairs whose paths are the same to the server."""
    seen = set[str]()
    for path, target in pairs:
        if key(path) not in seen:
            seen.add(key(path))
            yield path, target
