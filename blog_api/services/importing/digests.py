"""Digests of imported files: 32 characters for the file itself, and 32 for the pictures to which it refers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

_BYTES = 16
# The digest of no pictures.
NO_PICTURES = "0" * (2 * _BYTES)


def digest_file(options: str, raw: bytes) -> str:
    """Return the digest of a file and of the options with which it is read."""
    return hashlib.blake2b(f"{options}\0".encode() + raw, digest_size=_BYTES).hexdigest()


def digest_pictures(pictures: Iterable[tuple[str, str]]) -> str:
    """Return the digest of pictures: their URLs, each with the digest of the file or the reason why there is none."""
    lines = "".join(f"{url}\0{digest}\n" for url, digest in sorted(pictures))
    if not lines:
        return NO_PICTURES
    return hashlib.blake2b(lines.encode("utf-8", "backslashreplace"), digest_size=_BYTES).hexdigest()


def digest_of_file(digest: str) -> str:
    """Return the part of a stored digest that does not depend on pictures."""
    return digest[: 2 * _BYTES]
