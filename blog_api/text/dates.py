"""Parse dates and times in front matter and file names.

Custom, because `datetime.fromisoformat` and dateutil's `isoparse` reject formats used with Jekyll
(`2014-05-16 9:03:07 -0400`, `3:03 PM`), and dateutil's `parse` fills missing parts from today and ignores time zones.
"""

import re
from datetime import UTC, datetime

_DAY = r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
_MERIDIEM = r"(?P<meridiem>[ap])\.?m\.?"
_ZONE = r"Z|UTC|GMT|(?P<sign>[+-])(?P<ahead_hours>\d{1,2}):?(?P<ahead_minutes>\d{2})?"
_DATETIME = re.compile(
    rf"{_DAY}(?:(?:T|\s+){_CLOCK}(?:\s*{_MERIDIEM})?(?:\s*(?:{_ZONE}))?)?", re.ASCII | re.IGNORECASE
)
_DATED_NAME = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:[-_ ]+(.*))?", re.ASCII | re.DOTALL)


def parse_datetime(text: str) -> datetime:
    """Parse text like `2014-05-16`, `2014-05-16 3:03 PM` or `2014-05-16T15:03:07.5-04:00` and convert it to UTC.

    The default time zone is UTC. Raises ValueError for other formats and for dates that do not exist.
    """
    match = _DATETIME.fullmatch(text.strip())
    if not match:
        raise ValueError("not a date")
    part = match.groupdict(default="0")
    hour = int(part["hour"])
    if match["meridiem"]:
        if not 1 <= hour <= 12:
            raise ValueError("not an hour")
        hour = hour % 12 + (12 if match["meridiem"] in "pP" else 0)
    day = f"{part['year']}-{part['month']:0>2}-{part['day']:0>2}"
    clock = f"{hour:02}:{part['minute']:0>2}:{part['second']:0>2}.{part['fraction']:0<6}"
    ahead = f"{match['sign'] or '+'}{part['ahead_hours']:0>2}:{part['ahead_minutes']:0>2}"
    try:
        return datetime.fromisoformat(f"{day}T{clock}{ahead}").astimezone(UTC)
    except OverflowError as error:
        raise ValueError("not a year") from error


def split_dated_name(name: str) -> tuple[datetime | None, str]:
    """Split `2014-05-16-name` into the date and `name`. Return None and the whole name if there is no date."""
    match = _DATED_NAME.fullmatch(name)
    if not match:
        return None, name
    try:
        return parse_datetime(match[1]), match[2] or ""
    except ValueError:
        return None, name
