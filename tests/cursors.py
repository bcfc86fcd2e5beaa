"""Decode and forge cursors."""

from __future__ import annotations

import base64
from typing import Any

import orjson


def decode_cursor(cursor: str) -> list[Any]:
    """Return the parts of a cursor: scope, direction, sort key and id."""
    parts: list[Any] = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return parts


def encode_cursor(*parts: Any) -> str:
    """Return a cursor with these parts. Raises TypeError for values that JSON cannot represent."""
    return base64.urlsafe_b64encode(orjson.dumps(parts)).rstrip(b"=").decode()
