"""The outcome of an attempt to send a message, and when to try again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

# The delays between the attempts at the first message in the queue. The last one repeats.
DELAYS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 12 * 3600)
)
# Up to this fraction of a delay is added at random, so that the endpoints of one receiver are not all retried together.
JITTER = 0.1
# The limits of a delay that the receiver asks for.
MIN_RETRY_AFTER, MAX_RETRY_AFTER = timedelta(seconds=5), timedelta(hours=6)


@dataclass(slots=True)
class Outcome:
    """The result of an attempt: the status of the response or the error, and the delay that the receiver asked for."""

    began: datetime
    status: int | None = None
    error: str = ""
    seconds: float = 0.0
    retry_after: timedelta | None = None

    @property
    def is_success(self) -> bool:
        """Whether the receiver has accepted the message."""
        return self.status is not None and 200 <= self.status < 300

    def as_attempt(self, delivery_id: int, state: str | None) -> dict[str, Any]:
        """Return the columns of the delivery. Without a new state, it keeps its own."""
        return {
            "id": delivery_id,
            **({"state": state} if state else {}),
            "status_code": self.status,
            "error": self.error,
            "duration": int(self.seconds * 1000),
            "attempted_at": self.began,
        }


def delay_after(failures: int) -> timedelta:
    """Return how long to wait after a failure that follows this number of consecutive failures."""
    delay = DELAYS[min(failures, len(DELAYS) - 1)]
    # Not relevant to security.
    return delay * (1 + random.uniform(0, JITTER))  # noqa: S311 # nosec B311


def parse_retry_after(value: str, now: datetime) -> timedelta | None:
    """Return the delay in a Retry-After header, within limits; None if there is none."""
    try:
        if value.isascii() and value.isdigit():
            delay = timedelta(seconds=min(int(value[:10]), 10**9))
        else:
            delay = parsedate_to_datetime(value) - now
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(delay, MIN_RETRY_AFTER), MAX_RETRY_AFTER)
