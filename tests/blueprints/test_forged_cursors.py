"""Cursors of users and tags that were made up, with the right scope: refused or harmless on every list and sort."""

from __future__ import annotations

import base64

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blog_api.paging.cursors import scope_of

LENIENT = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text()
TIMES = st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat())
UTF8 = st.text(st.characters(codec="utf-8"), max_size=900)


@pytest.mark.parametrize(
    ("path", "sort"),
    [("users", "username"), ("users", "-created_at"), ("tags", "name"), ("tags", "-post_count")],
)
@LENIENT
@given(direction=st.sampled_from("np") | JSON, key=JSON | TIMES | UTF8, row=st.integers(0, 2**63 - 1) | JSON)
def test_a_forged_cursor_is_refused_or_harmless(client, path, sort, direction, key, row):
    try:
        raw = orjson.dumps([scope_of(sort, {}), direction, key, row])
    except TypeError:
        return
    cursor = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    reply = client.get(f"/api/v1/{path}", query_string={"sort": sort, "cursor": cursor})
    assert reply.status_code in (200, 422), reply.text
