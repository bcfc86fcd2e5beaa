"""Read the tables of an export."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from marshmallow import Schema, ValidationError

from blog_api.problems import Conflict
from blog_api.services.importing.checking import describe_errors
from blog_api.services.importing.markdown.sources import read_bytes
from blog_api.services.importing.report import Report
from blog_api.text.exports.keys import MARKER, Format
from blog_api.text.issues import Code, Refused

# In bytes. The content of a post has 500,000 characters, each of which JSON can write with six.
_MAX_LINE = 10_000_000
# Rows per transaction.
BATCH = 200


class Line(NamedTuple):
    """A line of a table, with its number."""

    number: int
    raw: bytes


def find_format(folder: Path) -> Format | None:
    """Return the format of an export, or None if the folder is not an export. Raises Conflict for another version."""
    try:
        marker = orjson.loads(read_bytes(folder / MARKER))
    except (Refused, orjson.JSONDecodeError):
        return None
    if not isinstance(marker, dict) or marker.get("format") != "blog_api":
        return None
    files = marker.get("files")
    if marker.get("version") != 1 or files not in ("markdown", "ndjson"):
        raise Conflict(f"{folder} is an export of another version of blog_api.")
    return "markdown" if files == "markdown" else "ndjson"


def read_lines(path: Path) -> Iterator[Line]:
    """Yield the lines of a table, or nothing if there is no such file. Raises Refused."""
    if not path.exists():
        return
    if path.is_symlink() or not path.is_file():
        raise Refused(Code.NOT_A_FILE, f"{path} is not a regular file")
    with path.open("rb") as file:
        number = 0
        while raw := file.readline(_MAX_LINE):
            number += 1
            if raw.strip():
                yield Line(number, raw)
            while raw and len(raw) == _MAX_LINE and not raw.endswith(b"\n"):
                # `parse` refuses the line. The rest of it is skipped.
                raw = file.readline(_MAX_LINE)


def parse(line: Line) -> dict[str, Any]:
    """Return the object of a line. Raises Refused."""
    if len(line.raw) == _MAX_LINE:
        raise Refused(Code.ITEM_TOO_LARGE, f"the line has {_MAX_LINE:,} bytes or more")
    try:
        values = orjson.loads(line.raw)
    except orjson.JSONDecodeError as error:
        raise Refused(Code.LINE_INVALID, f"not JSON: {error}") from error
    if not isinstance(values, dict):
        raise Refused(Code.LINE_INVALID, "not a JSON object")
    return values


def read_batches(path: Path, schema: Schema, report: Report) -> Iterator[list[tuple[int, dict[str, Any]]]]:
    """Yield the rows of `read_rows` in batches."""
    rows = read_rows(path, schema, report)
    while batch := list(islice(rows, BATCH)):
        yield batch


def read_rows(path: Path, schema: Schema, report: Report) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the valid rows of a table with the numbers of their lines. Report the others."""
    for line in read_lines(path):
        try:
            yield line.number, schema.load(parse(line))
        except Refused as error:
            report.refuse(path, error, line=line.number)
        except ValidationError as error:
            refused = Refused(Code.LINE_INVALID, describe_errors(error.messages))
            report.refuse(path, refused, line=line.number)


def check_rows(path: Path, schema: Schema, report: Report) -> None:
    """Report the invalid rows of a table."""
    for _ in read_rows(path, schema, report):
        pass
