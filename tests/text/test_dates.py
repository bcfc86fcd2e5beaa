from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog_api.text.dates import parse_datetime, split_dated_name


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2014-05-16", datetime(2014, 5, 16, tzinfo=UTC)),
        ("2014/5/6", datetime(2014, 5, 6, tzinfo=UTC)),
        ("2014-05-16 15:03:07 -0400", datetime(2014, 5, 16, 19, 3, 7, tzinfo=UTC)),
        ("2014-05-16 9:03:07 -0400", datetime(2014, 5, 16, 13, 3, 7, tzinfo=UTC)),
        ("2014-05-16T10:00:00Z", datetime(2014, 5, 16, 10, tzinfo=UTC)),
        ("2014-05-16t10:00:00.25+05:30", datetime(2014, 5, 16, 4, 30, 0, 250000, tzinfo=UTC)),
        ("2014-05-16T10:00:00.1234567890Z", datetime(2014, 5, 16, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2014-05-16 10:00 +2", datetime(2014, 5, 16, 8, tzinfo=UTC)),
        ("2014-05-16 10:00 utc", datetime(2014, 5, 16, 10, tzinfo=UTC)),
        ("2014-05-16 10:00 AM", datetime(2014, 5, 16, 10, tzinfo=UTC)),
        ("2014-05-16 12:05 a.m.", datetime(2014, 5, 16, 0, 5, tzinfo=UTC)),
        ("2014-05-16 12:05pm -0400", datetime(2014, 5, 16, 16, 5, tzinfo=UTC)),
        ("2014-12-31 23:30 -01:00", datetime(2015, 1, 1, 0, 30, tzinfo=UTC)),
    ],
)
def test_dates_and_times_are_converted_to_utc(text: str, moment: datetime) -> None:
    assert parse_datetime(text) == moment
    assert parse_datetime(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "16.05.2014",
        "May 16, 2014",
        "10:00",
        "2014-05",
        "2014-02-30",
        "2014-13-01",
        "0000-01-01",
        "0001-01-01 00:00 +0100",
        "9999-12-31 23:00 -0200",
        "2014-05-16 24:00",
        "2014-05-16 10:60",
        "2014-05-16 13:00 PM",
        "2014-05-16 0:00 AM",
        "2014-05-16 10:00 +99:00",
        "2014-05-16 10:00 EST",
        "٢٠١٤-05-16",
    ],
)
def test_invalid_dates_raise_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_datetime(text)


@given(st.datetimes(timezones=st.timezones() | st.just(UTC)))
def test_isoformat_is_read_back(moment: datetime) -> None:
    try:
        expected = moment.astimezone(UTC)
    except OverflowError:
        return
    # Some historical zones have offsets with seconds, which are not supported.
    offset = moment.utcoffset()
    if offset is not None and offset.seconds % 60 == 0:
        assert parse_datetime(moment.isoformat()) == expected


@pytest.mark.parametrize(
    ("name", "day", "rest"),
    [
        ("2014-05-16-hello-world", datetime(2014, 5, 16, tzinfo=UTC), "hello-world"),
        ("2014-5-6_hello", datetime(2014, 5, 6, tzinfo=UTC), "hello"),
        ("2014-05-16", datetime(2014, 5, 16, tzinfo=UTC), ""),
        ("2014-13-16-hello", None, "2014-13-16-hello"),
        ("2014-05-16hello", None, "2014-05-16hello"),
        ("hello-2014-05-16", None, "hello-2014-05-16"),
    ],
)
def test_the_date_is_split_from_a_name(name: str, day: datetime | None, rest: str) -> None:
    assert split_dated_name(name) == (day, rest)
