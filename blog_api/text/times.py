"""The format of times in responses."""

from __future__ import annotations

from datetime import datetime


def format_time(time: datetime) -> str:
    """Return a time in UTC as in RFC 3339, such as 2026-01-31T12:00:00Z."""
    return time.replace(tzinfo=None).isoformat() + "Z"
