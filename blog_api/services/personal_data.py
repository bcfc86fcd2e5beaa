"""Write everything that is stored about an account as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from blog_api.context import BATCH_SECONDS, limit_deadline
from blog_api.crud.personal_data import PARTS, Part, Position, Row, read_account, read_batch
from blog_api.database.session import reading
from blog_api.policies.viewers import Viewer
from blog_api.schemas.dumping import compile_dump
from blog_api.schemas.media import Media

_dump_media = compile_dump(Media())


def write_data(viewer: Viewer) -> Iterator[bytes]:
    """Return the parts of the document.

    Reads the account immediately, so that errors are raised here, and the rest in batches as the result is consumed.
    """
    return _write(read_account(viewer), viewer)


def _write(account: Row, viewer: Viewer) -> Iterator[bytes]:
    yield b'{"account":' + _to_json(account)
    for name, part in PARTS.items():
        yield f',"{name}":['.encode()
        comma = b""
        for rows in _batches(part, viewer):
            shown = map(_dump_media, rows) if name == "media" else rows
            yield comma + b",".join(map(_to_json, shown))
            comma = b","
        yield b"]"
    yield b"}\n"


def _batches(part: Part, viewer: Viewer) -> Iterator[list[Row]]:
    """Yield the rows, if there are any. Between two batches, no connection is in use."""
    after: Position | None = None
    while True:
        with limit_deadline(BATCH_SECONDS), reading():
            rows, after = read_batch(part, viewer, after)
        if rows:
            yield rows
        if after is None:
            return


def _to_json(row: Any) -> bytes:
    return orjson.dumps(row, option=orjson.OPT_UTC_Z)
