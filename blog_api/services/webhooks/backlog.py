"""Measure what is waiting to be sent to webhooks."""

from __future__ import annotations

from blog_api.crud.webhooks.backlog import measure_waiting
from blog_api.database.columns import utcnow

STATES = ("waiting", "failing")
# The number of messages and the age of the oldest in seconds, by state.
Backlog = dict[str, tuple[int, float]]


def measure_backlog() -> Backlog:
    """Return what waits for endpoints that work (`waiting`) and for those whose last message failed (`failing`)."""
    now = utcnow()
    backlog: Backlog = dict.fromkeys(STATES, (0, 0.0))
    for waiting in measure_waiting():
        state = STATES[waiting.is_failing]
        number, seconds = backlog[state]
        # The clock of the database can be ahead of ours.
        age = max(0.0, (now - waiting.oldest).total_seconds()) if waiting.oldest else 0.0
        backlog[state] = (number + waiting.number, max(seconds, age))
    return backlog
