"""The worker: it sends what is in the outbox, and may be run several times at once.

A message is sent at least once: between the server's answer and our note of it the worker may die, and then it is sent
again. No transaction is open while a server of mail is asked.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta
from threading import Event

from blog_api.api.errors import problem_from
from blog_api.auth import audit
from blog_api.crud import outbox as crud
from blog_api.database.columns import utcnow
from blog_api.database.servers import pool_status
from blog_api.database.session import db, reading, transaction
from blog_api.mail.delivery import DeliveryError, deliver
from blog_api.paging.pages import AnyRow
from blog_api.problems import EditConflict, Unavailable
from blog_api.services.letters import compose

log = logging.getLogger(__name__)

# Until the next attempt, in minutes, and so also how long an attempt may take before another worker tries: more than
# three hours in all.
RETRY_DELAYS = (2, 4, 8, 16, 32, 60, 60)
POLL_INTERVAL = 2.0
MAX_POLL_INTERVAL = 30.0

# How many messages there are, and how old the oldest of them is in seconds, by their state.
Backlog = dict[str, tuple[int, float]]


def run_worker(stop: Event) -> None:
    """Send what is due, until `stop` is set. While the database is away it is asked again, less and less often."""
    pause = POLL_INTERVAL
    while not stop.is_set():
        try:
            while not stop.is_set() and send_next():
                pass
            pause = POLL_INTERVAL
        except Exception as error:
            if not _is_transient(error):
                raise
            pause = min(2 * pause, MAX_POLL_INTERVAL)
            log.warning("the database does not answer", extra={"fields": {"reason": _reason_of(error)}})
        stop.wait(pause)


def send_due() -> Counter[str]:
    """Send all that is due now; gives how many messages came to which end."""
    ends: Counter[str] = Counter()
    while end := send_next():
        ends[end] += 1
    return ends


def retry_failed() -> tuple[int, int]:
    """Have what has failed tried anew, and drop stale requests for a new password; gives the number of each."""
    with transaction():
        dropped = crud.drop_failed_messages(stale_only=True)
        retried = crud.retry_failed_messages()
        _note("mail.retried", retried)
        _note("mail.dropped", dropped)
    return retried, dropped


def drop_failed() -> int:
    """Try nothing of what has failed any more; gives how many messages that are."""
    with transaction():
        dropped = crud.drop_failed_messages()
        _note("mail.dropped", dropped)
    return dropped


def _note(action: str, number: int) -> None:
    if number:
        audit.record(action, user_id=None, detail=f"{number} messages")


def measure_backlog() -> Backlog | None:
    """How many messages wait and how many have failed, and the age of the oldest of each in seconds.

    None where all connections that are kept are in use: who measures waits for none. Raises Unavailable where the
    database does not answer.
    """
    pool = pool_status(db.engine)
    if pool["in_use"] >= pool["size"]:
        return None
    try:
        with reading():
            counted = crud.count_unsent_messages()
    except Exception as error:
        if not _is_transient(error):
            raise
        raise Unavailable from error
    now = utcnow()
    # The clock of the database may be ahead of ours.
    ages = {row.state: (row.number, max(0.0, (now - row.oldest).total_seconds())) for row in counted}
    return {"waiting": (0, 0.0), "failed": (0, 0.0)} | ages


def send_next() -> str:
    """Send the message that has been due for longest.

    Gives what became of it: sent, dropped, postponed or failed; "" where none is due.
    """
    # A look costs no lock; on SQLite a transaction would take the one that there is.
    with reading():
        if not crud.is_message_due():
            return ""
    message = _claim_next()
    if message is None:
        return ""
    if message.attempts > len(RETRY_DELAYS):
        return _record_failure(message, DeliveryError("No attempt came to its end.", permanent=True))
    return _send(message)


def _claim_next() -> AnyRow | None:
    """The next message, which is ours for a while; None where others were faster."""
    with transaction():
        message = crud.lock_due_message()
        if message is not None:
            pause = RETRY_DELAYS[min(message.attempts, len(RETRY_DELAYS) - 1)]
            crud.begin_attempt(message.id, utcnow() + timedelta(minutes=pause))
    return message


def _send(message: AnyRow) -> str:
    try:
        with transaction():
            letter = compose(message)
        if letter is None:
            return _finish(message, "dropped")
        deliver(letter)
    except DeliveryError as error:
        return _record_failure(message, error)
    except Exception as error:
        if _is_transient(error):
            raise
        # A mistake of ours about one message is no reason to leave the others unsent.
        log.exception("a message could not be made", extra={"fields": {"outbox_id": message.id}})
        return _record_failure(message, DeliveryError(type(error).__name__, permanent=False))
    return _finish(message, "sent")


def _is_transient(error: Exception) -> bool:
    """Whether it is about the database, and passes."""
    return isinstance(problem_from(error), Unavailable | EditConflict)


def _record_failure(message: AnyRow, error: DeliveryError) -> str:
    reason, attempts = str(error)[:200], message.attempts + 1
    given_up = error.permanent or attempts > len(RETRY_DELAYS)
    fields = {"outbox_id": message.id, "kind": message.kind, "attempts": attempts, "reason": reason}
    if given_up:
        log.error("mail was given up", extra={"fields": fields})
        return _finish(message, "failed", reason)
    log.warning("mail was not sent, and will be tried again", extra={"fields": fields})
    with transaction():
        crud.record_error(message.id, reason)
    return "postponed"


def _finish(message: AnyRow, state: str, error: str = "") -> str:
    with transaction():
        crud.finish_message(message.id, state, error)
    if state == "sent":
        log.info("mail was sent", extra={"fields": {"outbox_id": message.id, "kind": message.kind}})
    return state


def _reason_of(error: Exception) -> str:
    return str(getattr(error, "orig", error)).strip()[:200]
