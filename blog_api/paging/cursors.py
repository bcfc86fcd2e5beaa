"""Cursors: opaque positions between two rows of a list."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import orjson

MAX_INTEGER = 2**63 - 1
# An id: decimal, without sign or leading zeros. It can still exceed MAX_INTEGER.
ID_PATTERN = "[1-9][0-9]{0,18}"

Key = datetime | str | int


class CursorError(ValueError):
    """The string is not a valid cursor for this list."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A position between two rows: the sort key and id of the adjacent row, and the direction to continue in."""

    key: Key
    id: int
    backward: bool = False

    def encode(self, scope: str) -> str:
        """Return the cursor as an opaque string. `scope` ties it to the sort order and filters of the list."""
        key = self.key.isoformat() if isinstance(self.key, datetime) else self.key
        raw = orjson.dumps([scope, "p" if self.backward else "n", key, self.id])
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    @classmethod
    def decode(cls, text: str, scope: str, kind: type[Key]) -> Self:
        """Parse a cursor whose key must be of type `kind`. Raises CursorError for any invalid string."""
        try:
            raw = base64.b64decode(
                text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True
            )
            found, direction, key, row_id = orjson.loads(raw)
            key = datetime.fromisoformat(key) if kind is datetime else key
        except (ValueError, TypeError, binascii.Error) as error:
            raise CursorError("This is not a valid cursor.") from error
        if found != scope:
            raise CursorError("This cursor belongs to a list with other filters or another sort order.")
        cursor = cls(key, row_id, direction == "p")
        if direction not in ("n", "p") or not cursor._is_valid(kind):
            raise CursorError("This is not a valid cursor.")
        return cursor

    def _is_valid(self, kind: type[Key]) -> bool:
        if type(self.id) is not int or not 0 <= self.id <= MAX_INTEGER:
            return False
        if isinstance(self.key, datetime):
            return kind is datetime and self.key.tzinfo is not None and not self.key.utcoffset()
        if isinstance(self.key, str):
            return kind is str and "\0" not in self.key
        return kind is int and type(self.key) is int and -MAX_INTEGER <= self.key <= MAX_INTEGER


def scope_of(sort: str, filters: dict[str, Any]) -> str:
    """Return a short digest that identifies a list by its sort order and filters."""
    given = {name: value for name, value in filters.items() if value is not None}
    raw = orjson.dumps([sort, given], option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.blake2b(raw, digest_size=6).hexdigest()
