"""The worker: it numbers changes, sends mail and webhooks and, after a start, renders posts that are behind.

Several workers can run at once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from threading import Event

from sqlalchemy.exc import DBAPIError

from blog_api.api.errors import problem_from
from blog_api.database.columns import utcnow
from blog_api.database.revisions import needs_migrations
from blog_api.mail.delivery import is_mail_enabled
from blog_api.problems import EditConflict, Unavailable
from blog_api.services import changes, outbox
from blog_api.services.rendering import Renewal
from blog_api.services.webhooks.dispatching import Dispatcher

log = logging.getLogger(__name__)

# Seconds between rounds.
INTERVAL = 1.0
# A round without work doubles the interval up to this, and up to the second on a database that suspends itself when it
# is idle. Mail, scheduled posts and further attempts of webhooks are not delayed.
IDLE_INTERVAL = 2.0
SUSPENDING_IDLE_INTERVAL = 900.0
MAX_RETRY_INTERVAL = 30.0


def run_worker(stop: Event, webhooks: Dispatcher, *, database_suspends: bool = False) -> None:
    """Work until `stop` is set. Retry with exponential backoff while the database is unavailable or not migrated."""
    try:
        _run_rounds(stop, webhooks, database_suspends=database_suspends)
    finally:
        webhooks.stop()


def _run_rounds(stop: Event, webhooks: Dispatcher, *, database_suspends: bool) -> None:
    longest = IDLE_INTERVAL
    if database_suspends and not is_mail_enabled():
        longest = SUSPENDING_IDLE_INTERVAL
    pause = INTERVAL
    renewals = Renewal("post"), Renewal("comment")
    while not stop.is_set():
        try:
            worked, next_due = _run_round(stop, renewals, webhooks)
            pause = INTERVAL if worked else min(2 * pause, longest)
            stop.wait(_seconds_until(next_due, pause))
        except Exception as error:
            if not _is_transient(error):
                raise
            pause = min(2 * pause, MAX_RETRY_INTERVAL)
            _log(error)
            stop.wait(pause)


def _run_round(
    stop: Event, renewals: Iterable[Renewal], webhooks: Dispatcher
) -> tuple[bool, datetime | None]:
    """Number all changes, send them to webhooks, send all due mail and render some posts or comments.

    Return whether there was anything to do, and when the next post or webhook comes due.
    """
    numbering = changes.number_changes()
    is_sending, next_webhook = webhooks.start_due()
    worked = numbering.numbered > 0 or is_sending
    while is_mail_enabled() and not stop.is_set() and outbox.send_next():
        worked = True
    worked |= any(renewal.run_batch() for renewal in renewals)
    return worked, min(filter(None, (numbering.next_due, next_webhook)), default=None)


def _seconds_until(next_due: datetime | None, pause: float) -> float:
    if next_due is None:
        return pause
    return min(pause, max(INTERVAL, (next_due - utcnow()).total_seconds()))


def _is_transient(error: Exception) -> bool:
    """Return whether the database is down, busy or not migrated yet."""
    return isinstance(problem_from(error), Unavailable | EditConflict)


def _log(error: Exception) -> None:
    fields = {"reason": str(getattr(error, "orig", error)).strip()[:200]}
    if isinstance(error, DBAPIError) and needs_migrations(error):
        # As on the first start, when the service migrates the database meanwhile.
        log.info("waiting for the migrations of the database", extra={"fields": fields})
    else:
        log.warning("the database is not responding", extra={"fields": fields})
