"""Cursors of post lists are valid only for their list, and forged ones are harmless."""

from __future__ import annotations

import base64

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cursors import decode_cursor, encode_cursor

LENIENT = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text()
TIMES = st.datetimes().map(str) | st.datetimes(timezones=st.timezones()).map(str)
KEYS = JSON | TIMES | st.lists(JSON, max_size=2)
IDS = st.integers(0, 2**63 - 1) | JSON


@pytest.fixture
def posts(people):
    ada = people(username="ada")
    return [ada.write(f"Post {number}", tags=["x"])["id"] for number in range(3)][::-1]


@pytest.fixture
def get(client):
    return lambda **query: client.get("/api/v1/posts", query_string=query)


def faults(reply) -> list[tuple[str, str]]:
    assert reply.status_code == 422, reply.text
    return [(fault["parameter"], fault["code"]) for fault in reply.json["errors"]]


@pytest.mark.parametrize(
    "other",
    [
        {"sort": "title"},
        {"sort": "published_at"},
        {"tag": "x"},
        {"any_tag": "x"},
        {"author": "ada"},
        {"published_after": "2020-01-01T00:00:00Z"},
        {"published_before": "2999-01-01T00:00:00Z"},
    ],
)
def test_a_cursor_is_valid_only_for_its_filters_and_sort(posts, get, other):
    plain = get(limit=1).json["pagination"]["next_cursor"]
    assert faults(get(limit=1, cursor=plain, **other)) == [("cursor", "bad_cursor")]
    narrow = get(limit=1, **other).json["pagination"]["next_cursor"]
    assert faults(get(limit=1, cursor=narrow)) == [("cursor", "bad_cursor")]
    assert len(get(limit=1, cursor=narrow, **other).json["data"]) == 1


def test_a_cursor_is_valid_only_for_its_list(posts, get, client):
    cursor = get(limit=1).json["pagination"]["next_cursor"]
    for path in ("tags", "users"):
        assert faults(client.get(f"/api/v1/{path}?cursor={cursor}")) == [("cursor", "bad_cursor")]


@pytest.mark.parametrize(
    "other",
    [
        {"limit": 9},
        {"total": "true"},
        {"fields": "id"},
        {"sort": "-published_at"},
        {"limit": 1, "fields": "id"},
    ],
)
def test_a_cursor_is_valid_for_any_limit_total_and_fields(posts, get, other):
    cursor = get(limit=1).json["pagination"]["next_cursor"]
    assert get(cursor=cursor, **other).json["data"][0]["id"] == posts[1]


def test_a_cursor_cannot_be_combined_with_an_offset(posts, get):
    cursor = get(limit=1).json["pagination"]["next_cursor"]
    assert faults(get(offset=0, cursor=cursor)) == [("offset", "not_together")]


@pytest.fixture
def scopes(posts, get):
    """Return the scope in the cursors of each sort order."""
    pages = {sort: get(limit=1, sort=sort).json["pagination"] for sort in ("-published_at", "title")}
    return {sort: decode_cursor(page["next_cursor"])[0] for sort, page in pages.items()}


@LENIENT
@given(st.text() | st.text("ABCdef019-_="))
def test_an_arbitrary_string_as_a_cursor_is_rejected(get, anything):
    assert get(cursor=anything).status_code == 422


@LENIENT
@given(
    direction=st.sampled_from("np") | JSON,
    key=KEYS,
    row=IDS,
    sort=st.sampled_from(["-published_at", "title"]),
)
def test_a_forged_cursor_is_rejected_or_harmless(get, scopes, direction, key, row, sort):
    forged = encode_cursor(scopes[sort], direction, key, row)
    assert get(cursor=forged, sort=sort, total="true").status_code in (200, 422)


@LENIENT
@given(st.integers(0, 200), st.integers(0, 255))
def test_a_cursor_with_one_changed_byte_is_rejected_or_harmless(get, scopes, place, byte):
    whole = orjson.dumps([scopes["title"], "n", "Post", 2])
    at = place % len(whole)
    forged = base64.urlsafe_b64encode(whole[:at] + bytes([byte]) + whole[at + 1 :]).decode()
    assert get(cursor=forged, sort="title").status_code in (200, 422)
