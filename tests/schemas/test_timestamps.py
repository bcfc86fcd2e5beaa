"""Loading and dumping RFC 3339 timestamps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog_api.schemas.fields import (
    Timestamp,
)
from tests.schemas.helpers import ANYTHING, code_of, result_of

ZONES = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))


MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES)  # noqa: DTZ001 - has zones


@given(MOMENTS)
def test_a_timestamp_survives_loading_and_dumping_in_utc(moment):
    found = Timestamp().deserialize(moment.isoformat())
    assert found == moment
    assert found.utcoffset() == timedelta(0)
    shown = Timestamp().serialize("x", {"x": found})
    assert shown.endswith("Z")
    assert Timestamp().deserialize(shown) == moment


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        ("2026-01-31t12:00:00z", "2026-01-31T12:00:00Z"),
        ("2026-01-31 12:00:00Z", "2026-01-31T12:00:00Z"),
        ("2026-01-31T12:00:00.5+02:00", "2026-01-31T10:00:00.500000Z"),
        ("2026-01-31T12:00:00.123456789Z", "2026-01-31T12:00:00.123456Z"),
        ("2026-01-31T00:30:00-05:45", "2026-01-31T06:15:00Z"),
        ("2026-01-31T12:00:00-00:00", "2026-01-31T12:00:00Z"),
        ("2026-01-31T12:00:00-23:59", "2026-02-01T11:59:00Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_timestamps_are_dumped_in_utc_with_z(text, shown):
    assert Timestamp().serialize("x", {"x": Timestamp().deserialize(text)}) == shown


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31T12:00Z", "20260131T120000Z", "2026-W05-6T12:00:00Z",
     "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-31T24:00:01Z", "2026-01-31T12:00:61Z",
     "2026-01-31T12:00:00+25:00", "2026-01-31T12:00:00+0200", "2026-01-31T12:00:00,5Z", "2026-01-31T12:00:00.Z",
     "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "-001-01-01T00:00:00Z", "٢٠٢٦-01-31T12:00:00Z",
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00", "2026-01-31T12:00:00Z\n", " 2026-01-31T12:00:00Z",
     "2026-01-31T12:00:00-00:60", "2026-01-31T12:00:00+23:60",
     "2026-01-31T12:00:00+24:00", "2026-01-31T12:00:00+01:99",
     "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z", "2026-01-31T12:00:60Z",
     "2026-01-31T12:00:00 02:00", "2026-01-31T12:00:00Z" * 100],
)  # fmt: skip
def test_a_string_that_is_not_a_timestamp_with_an_offset_is_malformed(text):
    assert code_of(Timestamp(), text) == "malformed"


@given(ANYTHING)
def test_any_other_value_is_malformed(value):
    found = result_of(Timestamp(), value)
    assert found in ("null", "malformed") or found.tzinfo is UTC


def test_null_is_dumped_as_null():
    assert Timestamp().serialize("x", {"x": None}) is None
