"""Read the rows of an export of Ghost one after the other, because exports reach hundreds of megabytes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple

import ijson

from blog_api.text.issues import Code, Refused

# Stands for the index of a list in a path.
_ITEM = "item"
# Ghost has written both forms: `{"db": [{"meta": ..., "data": ...}]}`, and the inner object alone.
_TABLES = (["db", _ITEM, "data"], ["data"])
_MAX_DEPTH = 100
_BOM = b"\xef\xbb\xbf"


class Row(NamedTuple):
    """A row of a table."""

    table: str
    values: dict[str, Any]

    def text(self, *columns: str) -> str:
        """Return the first of the columns with a text that is not blank, or ""."""
        texts = (self.values.get(column) for column in columns)
        return next((text for text in texts if isinstance(text, str) and text.strip()), "")

    def key(self, column: str) -> str:
        """Return an id as text: old exports have numbers. PostgreSQL cannot store NUL."""
        value = self.values.get(column)
        return str(value).replace("\0", "") if isinstance(value, str | int) else ""

    def flag(self, column: str) -> bool:
        """Return whether the value is true, or the number 1 of old exports."""
        return self.values.get(column) in (True, 1, "1", "true")

    def date(self, column: str) -> datetime | None:
        """Return a date: text in UTC, or the milliseconds of old exports. Raises Refused if it is neither."""
        value = self.values.get(column)
        try:
            if isinstance(value, str) and value:
                date = datetime.fromisoformat(value)
                return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
            if isinstance(value, int | float) and value:
                return datetime.fromtimestamp(value / 1000, UTC)
        except (ValueError, OverflowError, OSError) as error:
            detail = f"{column} is not a valid date: {str(value)[:50]}"
            raise Refused(Code.DATE_INVALID, detail) from error
        return None

    @property
    def is_page(self) -> bool:
        """Whether this is a page, not a post. Ghost 0 to 2 had a flag for it."""
        return self.values.get("type") == "page" or self.flag("page")


def read_rows(file: BinaryIO) -> Iterator[Row]:
    """Yield the rows of all tables. Raises Refused, after the rows before, if the file is not an export of Ghost."""
    if file.read(len(_BOM)) != _BOM:
        file.seek(0)
    path: list[str] = []
    row, length = ijson.ObjectBuilder(), 0
    is_export = False
    try:
        # Not `ijson.parse`: its paths take quadratic time in the depth.
        for event, value in ijson.basic_parse(file, use_float=True):
            if event == "map_key":
                path[-1] = value
            elif event == "start_map" and not length and _is_row(path):
                row, length = ijson.ObjectBuilder(), len(path)
            elif event == "start_array" and path[:-1] in _TABLES:
                is_export = is_export or path[-1] == "posts"
            if length:
                row.event(event, value)
            _follow(path, event)
            if length and event == "end_map" and len(path) == length:
                yield Row(path[-2], row.value)
                length = 0
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise Refused(Code.JSON_INVALID, f"not valid JSON: {' '.join(str(error).split())[:200]}") from error
    if not is_export:
        raise Refused(Code.NOT_AN_EXPORT, "not an export of Ghost: there is no table of posts")


def _is_row(path: list[str]) -> bool:
    return len(path) > 2 and path[-1] == _ITEM and path[:-2] in _TABLES


def _follow(path: list[str], event: str) -> None:
    """Add the beginning of a list or an object to the path, or remove its end."""
    if event in ("start_map", "start_array"):
        path.append(_ITEM if event == "start_array" else "")
        if len(path) > _MAX_DEPTH:
            raise Refused(Code.JSON_INVALID, "the JSON is nested too deeply")
    elif event in ("end_map", "end_array"):
        path.pop()
