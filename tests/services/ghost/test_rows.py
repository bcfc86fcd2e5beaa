"""Exports of Ghost are read row by row, and other files are refused."""

from __future__ import annotations

import io
import json

import pytest

from blog_api.services.importing.ghost.rows import read_rows
from blog_api.text.issues import Refused
from tests.services.ghost.exports import export, of_posts, post
from tests.services.ghost.helpers import read


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\n "])
def test_rows_come_with_their_tables(start):
    text = json.dumps(
        export("5.0.0", posts=[{"id": "1", "nested": {"a.b": [1]}}, 3], tags=[{"id": 2.5}])
    ).encode()
    rows = list(read_rows(io.BytesIO(start + text)))
    assert [(row.table, row.values) for row in rows] == [
        ("posts", {"id": "1", "nested": {"a.b": [1]}}),
        ("tags", {"id": 2.5}),
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "json_invalid"),
        (b"<xml>", "json_invalid"),
        (b'{"db": [{"data": {"posts": [', "json_invalid"),
        (b'{"db": [{"data": {"posts": [{"title": "\xff"}]}}]}', "json_invalid"),
        (b"[" * 100_000, "json_invalid"),
        (b"{}", "not_an_export"),
        (b"[]", "not_an_export"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": []}', "not_an_export"),
        (b'{"db": [{"data": {"users": []}}]}', "not_an_export"),
    ],
)
def test_other_files_are_refused(data, code):
    with pytest.raises(Refused) as refused:
        list(read_rows(io.BytesIO(data)))
    assert refused.value.code == code


def test_an_export_without_posts_is_empty(tmp_path):
    assert read(tmp_path, {"data": {"posts": []}})[0] == []


def test_what_is_left_out_is_counted_by_table(tmp_path):
    _, _, report = read(
        tmp_path, of_posts(post(), members=[{"id": 1}, {"id": 2}], settings=[], permissions=[{"id": 1}])
    )
    assert [(entry.code, entry.detail) for entry in report.entries] == [
        ("left_out", "rows of the table members: 2")
    ]
