"""Cursors and pages, without a database."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Integer, column, select
from sqlalchemy.dialects import postgresql

from blog_api.paging.cursors import MAX_INTEGER, Cursor, CursorError, scope_of
from blog_api.paging.pages import Listing, Page, PageRequest, page_statement, rows_and_cursors


class ListRow(NamedTuple):
    """The columns that every list has."""

    sort_key: str
    row_id: int


ID = column("id", Integer)
ROWS: list[Any] = [ListRow(key, number) for number, key in enumerate("abcdefgh", 1)]
KEYS = {
    datetime: st.datetimes(timezones=st.just(UTC)),
    str: st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    int: st.integers(-MAX_INTEGER, MAX_INTEGER),
}


def encoded(*parts: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode()


@pytest.mark.parametrize("kind", KEYS)
@given(data=st.data())
def test_a_cursor_survives_a_round_trip_and_is_url_safe(kind, data):
    key, row_id = data.draw(KEYS[kind]), data.draw(st.integers(0, MAX_INTEGER))
    cursor = Cursor(key, row_id, backward=data.draw(st.booleans()))
    text = cursor.encode("scope")
    assert Cursor.decode(text, "scope", kind) == cursor
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("kind", KEYS)
@given(text=st.text())
def test_any_invalid_string_is_a_cursor_error(kind, text):
    with pytest.raises(CursorError):
        Cursor.decode(text, "scope", kind)


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        (("other", "n", "a", 1), str),
        (("s", "x", "a", 1), str),
        (("s", ["n"], "a", 1), str),
        (("s", "n", "a", -1), str),
        (("s", "n", "a", MAX_INTEGER + 1), str),
        (("s", "n", "a", 1.0), str),
        (("s", "n", "a", True), str),
        (("s", "n", "a", None), str),
        (("s", "n", "a\0", 1), str),
        (("s", "n", None, 1), str),
        (("s", "n", 1, 1), str),
        (("s", "n", "1", 1), int),
        (("s", "n", True, 1), int),
        (("s", "n", 2**64 - 1, 1), int),
        (("s", "n", "a", 1), datetime),
        (("s", "n", 1, 1), datetime),
        (("s", "n", "2024-01-01T00:00:00", 1), datetime),
        (("s", "n", "2024-01-01T00:00:00+01:00", 1), datetime),
        (("s", "n", "a"), str),
        (("s", "n", "a", 1, 1), str),
    ],
)
def test_a_cursor_of_another_list_or_type_is_an_error(parts, kind):
    with pytest.raises(CursorError):
        Cursor.decode(encoded(*parts), "s", kind)


def test_the_scope_identifies_the_list():
    base = scope_of("-title", {"tag": ["a", "b"], "author": "ada"})
    assert base == scope_of("-title", {"author": "ada", "tag": ["a", "b"], "status": None})
    others: list[tuple[str, dict]] = [
        ("title", {"tag": ["a", "b"], "author": "ada"}),
        ("-title", {"tag": ["a"]}),
        ("-title", {}),
    ]
    assert base not in {scope_of(*other) for other in others}


def test_a_page_in_the_middle_has_both_cursors():
    page = PageRequest("key", "s", limit=3, cursor=Cursor("a", 1))
    kept, next_cursor, prev_cursor = rows_and_cursors(ROWS[1:5], page)
    assert kept == ROWS[1:4]
    assert Cursor.decode(str(next_cursor), "s", str) == Cursor("d", 4)
    assert Cursor.decode(str(prev_cursor), "s", str) == Cursor("b", 2, backward=True)


@pytest.mark.parametrize(
    ("page", "rows", "kept", "cursors"),
    [
        (PageRequest("key", "s", 3), ROWS[:3], ROWS[:3], (False, False)),
        (PageRequest("key", "s", 3), ROWS[:4], ROWS[:3], (True, False)),
        (PageRequest("key", "s", 3, offset=1), ROWS[1:3], ROWS[1:3], (False, True)),
        (PageRequest("key", "s", 3, cursor=Cursor("e", 5)), ROWS[5:], ROWS[5:], (False, True)),
        (PageRequest("key", "s", 3, cursor=Cursor("c", 3, True)), ROWS[1::-1], ROWS[:2], (True, False)),
        (PageRequest("key", "s", 2, cursor=Cursor("d", 4, True)), ROWS[2::-1], ROWS[1:3], (True, True)),
        (PageRequest("key", "s", 3), [], [], (False, False)),
    ],
)
def test_a_page_has_cursors_only_for_adjacent_pages(page, rows, kept, cursors):
    found, next_cursor, prev_cursor = rows_and_cursors(rows, page)
    assert found == kept
    assert (next_cursor is not None, prev_cursor is not None) == cursors


@pytest.mark.parametrize(
    ("sort", "cursor", "expected"),
    [
        ("key", None, "ORDER BY key ASC, id ASC"),
        ("-key", None, "ORDER BY key DESC, id DESC"),
        ("key", Cursor(7, 1), "WHERE (key, id) > (7, 1) ORDER BY key ASC, id ASC"),
        ("-key", Cursor(7, 1), "WHERE (key, id) < (7, 1) ORDER BY key DESC, id DESC"),
        ("key", Cursor(7, 1, True), "WHERE (key, id) < (7, 1) ORDER BY key DESC, id DESC"),
        ("-key", Cursor(7, 1, True), "WHERE (key, id) > (7, 1) ORDER BY key ASC, id ASC"),
    ],
)
def test_a_page_is_a_row_comparison_with_one_extra_row(sort, cursor, expected):
    page = PageRequest(sort, "s", limit=5, cursor=cursor)
    key = column("key", Integer)
    listing = Listing(select(), key, ID)
    statement = page_statement(listing, page.key).params(page.parameters)
    sql = str(statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))
    assert " ".join(sql.split()) == f"SELECT id AS row_id, key AS sort_key {expected} LIMIT 6"


def test_an_offset_skips_rows_in_a_subquery_of_ids():
    key = column("key", Integer)
    shown = Listing(select(column("title")), key, ID)
    assert "OFFSET" not in str(page_statement(shown, PageRequest("key", "s").key))
    sql = " ".join(str(page_statement(shown, PageRequest("key", "s", offset=1).key)).split())
    found = "WHERE id IN (SELECT anon_1.row_id FROM (SELECT title, id AS row_id, key AS sort_key"
    assert found in sql
    assert "ORDER BY key ASC, id ASC LIMIT :page_rows OFFSET :page_offset) AS anon_1)" in sql
    assert sql.endswith("ORDER BY key ASC, id ASC")


def test_the_total_is_present_only_if_counted():
    assert "total" not in Page([], 20).as_dict()["pagination"]
    assert Page([], 20, total=0).as_dict()["pagination"]["total"] == 0
