"""Parse dates and times in front matter, file names and paths.

The formats are those of dateutil. Its parser guesses, though: it fills missing parts from today, ignores unknown time
zones and swaps day and month if that makes the date exist. So each text is read in every way that it can be, and is a
date only if all of them agree.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NoReturn

from dateutil import parser, tz

# Most dates are in this format, which Python reads 40 times as fast.
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
# What dateutil misreads: `a.m.`, `UTC+3` (with the sign of POSIX), compact dates, and the second zone in `+0200 CEST`.
_REWRITTEN = (
    (re.compile(r"(?<=[\d ])([AP])\.?M\b\.?"), r"\1M"),
    (re.compile(r"\b(?:UTC|GMT)\s*(?=[+-]\d)"), ""),
    (re.compile(r"^(\d{4})(\d\d)(\d\d)(?=$|[T ])"), r"\1-\2-\3"),
    (re.compile(r"\s*([+-]\d\d:?\d\d)(?:\s+\(?[A-Z]{1,5}\)?)?$"), r"\1"),
    # Python reads hours of two digits.
    (re.compile(r"^(\d{4}-\d\d-\d\d[T ])(?=\d:)"), r"\g<1>0"),
)
_YEAR_FIRST = re.compile(r"\d{4}\s*([-/.])\s*(\d{1,2})\s*\1\s*(\d{1,2})(?!\d)")
_CHARACTERS = re.compile(r"[A-Za-z0-9 \t,:./+()-]{4,60}")
# An IANA name at the end: America/New_York, Etc/GMT+5.
_ZONE_NAME = re.compile(r"\s*[\[(]?\b([A-Z][A-Za-z]+(?:/[A-Z][A-Za-z0-9_+-]*)+)[\])]?$")
# Missing parts take those of the default, so they differ between the two readings.
_DEFAULTS = (datetime(2000, 1, 1), datetime(2001, 2, 2))  # noqa: DTZ001
# The time zones of RFC 2822, and others whose abbreviation has one common meaning.
_HOURS = {
    "UTC": 0, "UT": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "AKST": -9, "AKDT": -8, "HST": -10, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip

_DAY = r"\d{4}[-_]\d{1,2}[-_]\d{1,2}"
_CLOCK = r"T\d{1,2}[:-]?\d{2}(?:[:-]?\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?"
_DATED_NAME = re.compile(rf"({_DAY}|(?:19|20)\d{{6}})(?:{_CLOCK})?(?:[-_ ]+(.*))?", re.ASCII | re.DOTALL)
_DATED_FOLDERS = re.compile(r"(?:.*/)?(\d{4})/(\d{1,2})/(\d{1,2})(?:/.*)?", re.ASCII | re.DOTALL)


def find_zone(name: str) -> tzinfo | None:
    """Return the time zone with this IANA name, or None."""
    return _zone(name) if name == "UTC" or _ZONE_NAME.fullmatch(name) else None


def parse_datetime(text: str, zone: tzinfo = UTC) -> datetime:
    """Parse text like `2014-05-16`, `16 May 2014 3:03 PM EST` or `20140516`, and convert it to UTC.

    Times without a time zone are in `zone`. Raises ValueError for text that is not a complete date, that can mean
    several dates, or whose date does not exist.
    """
    return _parse(text, zone)[0]


def parse_zoned(text: str, zone: tzinfo = UTC) -> datetime:
    """Parse text like `parse_datetime`, and keep the time zone in which the time is written."""
    moment, written_in = _parse(text, zone)
    return moment.astimezone(written_in)


def _parse(text: str, zone: tzinfo) -> tuple[datetime, tzinfo]:
    """Return the time in UTC, and the time zone in which it is written. Raises ValueError."""
    text = text.strip()
    if named := _ZONE_NAME.search(text):
        zone = _zone(named[1]) or _unknown(named[1])
        text = text[: named.start()]
    if not _CHARACTERS.fullmatch(text):
        raise ValueError("not a date")
    text = text.upper()
    for pattern, replacement in _REWRITTEN:
        text = pattern.sub(replacement, text)
    try:
        moments = {_in_utc(moment, zone): moment for moment in _readings(text)}
    except (OverflowError, TypeError, AttributeError, IndexError) as error:
        # dateutil also raises these for some texts that are not dates.
        raise ValueError("not a date") from error
    if len(moments) != 1:
        raise ValueError("not a complete or unambiguous date")
    ((moment, written),) = moments.items()
    return moment, written.tzinfo or zone


def split_dated_name(name: str, zone: tzinfo = UTC) -> tuple[datetime | None, str]:
    """Split `2014-05-16-name` into the date and `name`. Return None and the whole name if there is no date."""
    match = _DATED_NAME.fullmatch(name)
    day = _day(match[1], zone) if match else None
    return (day, match[2] or "") if match and day else (None, name)


def date_of_folders(path: str, zone: tzinfo = UTC) -> datetime | None:
    """Return the date in the folders of a path like `2014/05/16/name` or `2014-05-16/name`, or None."""
    folders = path.split("/")[:-1]
    days = (split_dated_name(folder, zone)[0] for folder in reversed(folders))
    if day := next(filter(None, days), None):
        return day
    match = _DATED_FOLDERS.fullmatch("/".join(folders))
    return _day("-".join(match.groups()), zone) if match else None


def _day(text: str, zone: tzinfo) -> datetime | None:
    try:
        return parse_datetime(text.replace("_", "-"), zone)
    except ValueError:
        return None


def _readings(text: str) -> Iterator[datetime]:
    if _ISO.fullmatch(text):
        yield datetime.fromisoformat(text)
        return
    year_first = _YEAR_FIRST.match(text)
    # In this order, there is no doubt about day and month.
    orders = [(False, True)] if year_first else list(itertools.product((False, True), repeat=2))
    for (day_first, is_year_first), default in itertools.product(orders, _DEFAULTS):
        moment = parser.parse(
            text, default=default, dayfirst=day_first, yearfirst=is_year_first, tzinfos=_offset
        )
        if year_first and (moment.month, moment.day) != (int(year_first[2]), int(year_first[3])):
            raise ValueError("no such day")
        yield moment


def _in_utc(moment: datetime, zone: tzinfo) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _offset(name: str | None, seconds: int | None) -> tzinfo | None:
    """Return the time zone with this abbreviation or offset. Raises ValueError for an unknown abbreviation."""
    if seconds is not None:
        return timezone(timedelta(seconds=seconds))
    if name is None:
        return None
    return timezone(timedelta(hours=_HOURS[name])) if name in _HOURS else _unknown(name)


@lru_cache
def _zone(name: str) -> tzinfo | None:
    return UTC if name == "UTC" else tz.gettz(name)


def _unknown(zone: str) -> NoReturn:
    raise ValueError(f"unknown time zone {zone}")
