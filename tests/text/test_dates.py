import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog_api.text.dates import date_of_folders, find_zone, parse_datetime, split_dated_name


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
        ("May 16, 2014", datetime(2014, 5, 16, tzinfo=UTC)),
        ("Jul 08 2022", datetime(2022, 7, 8, tzinfo=UTC)),
        ("8 July 2022", datetime(2022, 7, 8, tzinfo=UTC)),
        ("July 8th, 2022 3:03 pm", datetime(2022, 7, 8, 15, 3, tzinfo=UTC)),
        ("20220708", datetime(2022, 7, 8, tzinfo=UTC)),
        ("20220708T101500Z", datetime(2022, 7, 8, 10, 15, tzinfo=UTC)),
        ("16.05.2014", datetime(2014, 5, 16, tzinfo=UTC)),
        ("Fri, 08 Jul 2022 10:00:00 -0500 (EST)", datetime(2022, 7, 8, 15, tzinfo=UTC)),
        ("Sat Jul  9 13:02:03 PDT 2022", datetime(2022, 7, 9, 20, 2, 3, tzinfo=UTC)),
        ("2014-05-16 10:00 EST", datetime(2014, 5, 16, 15, tzinfo=UTC)),
        ("2022-07-08 10:00 America/New_York", datetime(2022, 7, 8, 14, tzinfo=UTC)),
        ("2022-01-08T10:00:00[America/New_York]", datetime(2022, 1, 8, 15, tzinfo=UTC)),
        ("2022-07-08 10:00:00 +0200 CEST", datetime(2022, 7, 8, 8, tzinfo=UTC)),
        ("2022-07-08 10:00 UTC+3", datetime(2022, 7, 8, 7, tzinfo=UTC)),
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
        "05.06.2014",
        "8 Jul 22",
        "13/07/22",
        "July 2022",
        "Friday",
        "1657238400",
        "10:00",
        ":",
        "2014-05",
        "2014-02-30",
        "2014-13-01",
        "0000-01-01",
        "0001-01-01 00:00 +0100",
        "9999-12-31 23:00 -0200",
        "2014-05-16 24:00",
        "2014-05-16 10:60",
        "2014-05-16 13:00 PM",
        "2014-05-16 10:00 +99:00",
        "2014-05-16 10:00 IST",
        "2014-05-16 10:00 Mars/Base",
        "2014-05-16 10:00 ../etc/passwd",
        "٢٠١٤-05-16",
    ],
)
def test_invalid_dates_raise_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_datetime(text)


def test_times_without_a_time_zone_are_in_the_given_one() -> None:
    zone = find_zone("America/New_York")
    assert zone
    assert parse_datetime("2022-07-08", zone) == datetime(2022, 7, 8, 4, tzinfo=UTC)
    assert parse_datetime("8 January 2022 10:00", zone) == datetime(2022, 1, 8, 15, tzinfo=UTC)
    assert parse_datetime("2022-07-08 10:00 CET", zone) == datetime(2022, 7, 8, 9, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Mars/Base", "", "../etc/passwd", "america/new_york", "EST"])
def test_only_names_of_time_zones_are_found(name: str) -> None:
    assert find_zone(name) is None


@given(
    st.lists(st.sampled_from([*"amTZ:-/.,+() 01", "2020", "12", "31", "Jul", "EST", "of", "9" * 9])).map(
        "".join
    )
)
def test_any_text_is_a_date_or_raises_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_datetime(text).tzinfo is UTC


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
        ("20140516-hello", datetime(2014, 5, 16, tzinfo=UTC), "hello"),
        ("2014_05_16_hello", datetime(2014, 5, 16, tzinfo=UTC), "hello"),
        ("2014-05-16T10:00:00Z-hello", datetime(2014, 5, 16, tzinfo=UTC), "hello"),
        ("12345678-hello", None, "12345678-hello"),
        ("2014-13-16-hello", None, "2014-13-16-hello"),
        ("2014-05-16hello", None, "2014-05-16hello"),
        ("hello-2014-05-16", None, "hello-2014-05-16"),
    ],
)
def test_the_date_is_split_from_a_name(name: str, day: datetime | None, rest: str) -> None:
    assert split_dated_name(name) == (day, rest)


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("2020/01/02/a.md", datetime(2020, 1, 2, tzinfo=UTC)),
        ("blog/2020/1/2/sub/a.md", datetime(2020, 1, 2, tzinfo=UTC)),
        ("2020-01-02/a.md", datetime(2020, 1, 2, tzinfo=UTC)),
        ("2019/2020-01-02-trip/images/a.md", datetime(2020, 1, 2, tzinfo=UTC)),
        ("2020/01/a.md", None),
        ("2020/13/02/a.md", None),
        ("2020/01/02.md", None),
        ("a.md", None),
    ],
)
def test_the_date_is_found_in_folders(path: str, day: datetime | None) -> None:
    assert date_of_folders(path) == day
