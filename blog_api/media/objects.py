"""The objects in a store: variants of pictures, with names such as `{key}/{width}.webp`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from blog_api.text.media_paths import CONTENT_TYPE, FILE_PATTERN, KEY_PATTERN

NAME_PATTERN = f"{KEY_PATTERN}/{FILE_PATTERN}"
_NAME, _KEY = re.compile(NAME_PATTERN), re.compile(KEY_PATTERN)
# Headers with which the service and the bucket serve objects.
ATTRIBUTES = {"Content-Type": CONTENT_TYPE, "Cache-Control": "public, max-age=31536000, immutable"}


class StoredObject(NamedTuple):
    """An object, or a part of it: the number of bytes, and the bytes in chunks."""

    size: int
    chunks: Iterator[bytes]


class ListedObject(NamedTuple):
    """The name of an object, its size in bytes, and when it was stored."""

    name: str
    size: int
    modified: datetime

    @property
    def key(self) -> str:
        """The key of the picture."""
        return self.name.partition("/")[0]

    @property
    def width(self) -> int | None:
        """The width of the variant, or None if it is not a variant, such as an unfinished file."""
        return int(self.name.partition("/")[2].removesuffix(".webp")) if _NAME.fullmatch(self.name) else None


def object_name(key: str, width: int) -> str:
    """Return the name of the object of a variant. Raises ValueError if the key or the width is invalid."""
    return checked_name(f"{key}/{width}.webp")


def checked_name(name: str) -> str:
    """Return the name of an object. Raises ValueError for any other name, such as one that leaves the store."""
    if not _NAME.fullmatch(name):
        raise ValueError("This is not the name of a picture.")
    return name


def is_key(name: str) -> bool:
    """Return whether this is a key. A store can contain other files, too."""
    return _KEY.fullmatch(name) is not None
