"""Forged cursors with a valid scope are rejected or harmless on every list and sort order."""

from __future__ import annotations

import functools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cursors import decode_cursor, encode_cursor

LENIENT = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text()
TIMES = st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat())
UTF8 = st.text(st.characters(codec="utf-8"), max_size=900)


@pytest.fixture
def real_cursor(people, client):
    """Return the decoded cursor of a list with another page."""
    people().write(tags=["a", "b"])
    people()

    @functools.cache
    def read(path, sort):
        page = client.get(f"/api/v1/{path}?limit=1&sort={sort}").json["pagination"]
        return decode_cursor(page["next_cursor"])

    return read


@pytest.mark.parametrize(
    ("path", "sort"),
    [("users", "username"), ("users", "-created_at"), ("tags", "name"), ("tags", "-post_count")],
)
@LENIENT
@given(direction=st.sampled_from("np") | JSON, key=JSON | TIMES | UTF8, row=st.integers(0, 2**63 - 1) | JSON)
def test_a_forged_cursor_is_rejected_or_harmless(client, real_cursor, path, sort, direction, key, row):
    try:
        cursor = encode_cursor(real_cursor(path, sort)[0], direction, key, row)
    except TypeError:
        return
    reply = client.get(f"/api/v1/{path}", query_string={"sort": sort, "cursor": cursor})
    assert reply.status_code in (200, 422), reply.text


@pytest.mark.parametrize(
    ("path", "sort"),
    [("users", "-created_at"), ("posts", "-published_at"), ("posts", "updated_at"), ("posts", "created_at")],
)
def test_a_timestamp_in_a_cursor_must_be_in_utc(client, people, real_cursor, path, sort):
    people().write()
    scope, direction, _, row = real_cursor(path, sort)

    def ask(key):
        cursor = encode_cursor(scope, direction, key, row)
        return client.get(f"/api/v1/{path}", query_string={"sort": sort, "cursor": cursor})

    assert ask("2020-01-01T00:00:00+00:00").status_code == 200
    for wrong in ("2020-01-01T00:00:00", "2020-01-01T02:00:00+02:00", "2020-01-01T00:00:00-00:01"):
        refused = ask(wrong)
        assert refused.status_code == 422, wrong
        assert [fault["code"] for fault in refused.json["errors"]] == ["bad_cursor"]
