"""Normalise the paths of web pages."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

# After encoding. Three bytes can stand for one byte of UTF-8.
MAX_PATH = 1000
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def canonical_path(path: str) -> str:
    """Return an absolute path with each segment percent-encoded in UTF-8, but for unreserved characters (RFC 3986).

    Raises ValueError if it is longer than MAX_PATH, and for what browsers change or servers reject: control characters,
    escapes that are not UTF-8, empty segments (except the last), and the segments `.` and `..`.
    """
    if not path.startswith("/") or _BROKEN_ESCAPE.search(path):
        raise ValueError("not an absolute path")
    segments = [unquote(segment, errors="strict") for segment in path[1:].split("/")]
    if "" in segments[:-1] or not {".", ".."}.isdisjoint(segments):
        raise ValueError("an empty or a relative segment")
    if _CONTROL.search("".join(segments)):
        raise ValueError("a control character")
    # quote raises UnicodeEncodeError, a ValueError, for a lone surrogate.
    canonical = "".join(f"/{quote(segment, safe='')}" for segment in segments)
    if len(canonical) > MAX_PATH:
        raise ValueError("too long")
    return canonical


def other_spelling(path: str) -> str:
    """Return the path without its trailing slash, or with one. Web servers often serve the same page at both."""
    return path.removesuffix("/") if path.endswith("/") else f"{path}/"
