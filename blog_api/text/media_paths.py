"""The paths of pictures: `/media/{key}/{width}.webp`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

KEY_PATTERN, FILE_PATTERN = "[0-9a-f]{32}", r"[1-9][0-9]{0,4}\.webp"
CONTENT_TYPE = "image/webp"
# Below the root of the service, not of the API.
PICTURE_PATTERN = f"/media/{KEY_PATTERN}/{FILE_PATTERN}"
_PATH = re.compile(rf"/media/({KEY_PATTERN})/{FILE_PATTERN}(?![0-9A-Za-z])")


def media_path(key: str, width: int) -> str:
    """Return the path of a variant."""
    return f"/media/{key}/{width}.webp"


def keys_in(text: str) -> set[str]:
    """Return the keys in all paths of pictures in a text, such as Markdown or a URL."""
    return set(_PATH.findall(text)) if "/media/" in text else set()


def describe_variants(key: str, stored: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the path, size and type of each stored variant."""
    return [
        {
            "url": media_path(key, variant["width"]),
            "width": variant["width"],
            "height": variant["height"],
            "content_type": CONTENT_TYPE,
        }
        for variant in stored
    ]
