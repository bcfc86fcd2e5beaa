"""Points in time as people write them in front matter and in file names.

The pattern stays ours, because `datetime.fromisoformat` and dateutil's `isoparse` refuse what Jekyll's users write
(`2014-05-16 9:03:07 -0400`, `3:03 PM`), and dateutil's `parse` fills what is missing from today and ignores zones.
"""

import re
from datetime import UTC, datetime

_DAY = r"(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
_HALF = r"(?P<half>[ap])\.?m\.?"
_ZONE = r"Z|UTC|GMT|(?P<sign>[+-])(?P<ahead_hours>\d{1,2}):?(?P<ahead_minutes>\d{2})?"
_DATETIME = re.compile(
    rf"{_DAY}(?:(?:T|\s+){_CLOCK}(?:\s*{_HALF})?(?:\s*(?:{_ZONE}))?)?", re.ASCII | re.IGNORECASE
)
_DATED_NAME = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:[-_ ]+(.*))?", re.ASCII | re.DOTALL)


def parse_datetime(text: str) -> datetime:
    """Read `2014-05-16`, `2014-05-16 3:03 PM`, `2014-05-16T15:03:07.5-04:00` and the like, into UTC.

    What names no zone is UTC. Raises ValueError for any other text, and for days that no calendar has.
    """
    match = _DATETIME.fullmatch(text.strip())
    if not match:
        raise ValueError("not a date")
    part = match.groupdict(default="0")
    hour = int(part["hour"])
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("not an hour")
        hour = hour % 12 + (12 if match["half"] in "pP" else 0)
    day = f"{part['year']}-{part['month']:0>2}-{part['day']:0>2}"
    clock = f"{hour:02}:{part['minute']:0>2}:{part['second']:0>2}.{part['fraction']:0<6}"
    ahead = f"{match['sign'] or '+'}{part['ahead_hours']:0>2}:{part['ahead_minutes']:0>2}"
    try:
        return datetime.fromisoformat(f"{day}T{clock}{ahead}").astimezone(UTC)
    except OverflowError as error:
        raise ValueError("not a year") from error


def split_dated_name(name: str) -> tuple[datetime | None, str]:
    """Take `2014-05-16-name` apart into the day and `name`; a name without a day is given back whole."""
    match = _DATED_NAME.fullmatch(name)
    if not match:
        return None, name
    try:
        return parse_datetime(match[1]), match[2] or ""
    except ValueError:
        return None, name
