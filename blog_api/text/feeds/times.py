"""The format of times in XML."""

from __future__ import annotations

from datetime import datetime


def format_time(time: datetime) -> str:
    """Return a time in UTC as in RFC 3339."""
    return time.isoformat().replace("+00:00", "Z")
