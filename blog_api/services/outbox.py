"""Send the messages of the outbox. Several workers can do so at once.

Delivery is at least once: a worker that dies after the mail server has accepted a message, and before it has recorded
that, leaves the message to be sent again. No transaction is open during delivery.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta

from blog_api.api.errors import problem_from
from blog_api.auth import audit
from blog_api.crud import outbox as crud
from blog_api.database.columns import utcnow
from blog_api.database.session import reading, transaction
from blog_api.mail.delivery import DeliveryError, deliver
from blog_api.paging.pages import AnyRow
from blog_api.problems import EditConflict, Unavailable
from blog_api.services.emails import compose

log = logging.getLogger(__name__)

# Minutes between attempts, more than three hours in all. Also how long an attempt can take before another worker
# claims the message.
RETRY_DELAYS = (2, 4, 8, 16, 32, 60, 60)

# The number of messages and the age of the oldest one in seconds, by state.
Backlog = dict[str, tuple[int, float]]


def send_due() -> Counter[str]:
    """Send all due messages. Return the number of messages by outcome."""
    outcomes: Counter[str] = Counter()
    while outcome := send_next():
        outcomes[outcome] += 1
    return outcomes


def retry_failed() -> tuple[int, int]:
    """Queue failed messages again, and drop stale password resets. Return the number of each."""
    with transaction():
        dropped = crud.drop_failed_messages(stale_only=True)
        retried = crud.retry_failed_messages()
        _audit("mail.retried", retried)
        _audit("mail.dropped", dropped)
    return retried, dropped


def drop_failed() -> int:
    """Drop all failed messages. Return their number."""
    with transaction():
        dropped = crud.drop_failed_messages()
        _audit("mail.dropped", dropped)
    return dropped


def _audit(action: str, number: int) -> None:
    if number:
        audit.record(action, user_id=None, detail=f"{number} messages")


def measure_backlog() -> Backlog:
    """Return the number of waiting and of failed messages, and the age of the oldest of each in seconds."""
    counted = crud.count_unsent_messages()
    now = utcnow()
    # The clock of the database can be ahead of ours.
    ages = {row.state: (row.number, max(0.0, (now - row.oldest).total_seconds())) for row in counted}
    return {"waiting": (0, 0.0), "failed": (0, 0.0)} | ages


def send_next() -> str:
    """Send the message that has been due for longest.

    Return the outcome: sent, dropped, postponed or failed; "" if no message is due.
    """
    # Check without a lock first: on SQLite a transaction takes the only write lock.
    with reading():
        if not crud.is_message_due():
            return ""
    message = _claim_next()
    if message is None:
        return ""
    if message.attempts > len(RETRY_DELAYS):
        return _record_failure(message, DeliveryError("Every attempt was interrupted.", permanent=True))
    return _send(message)


def _claim_next() -> AnyRow | None:
    """Claim and return the next message, or None if other workers have claimed it."""
    with transaction():
        message = crud.lock_due_message()
        if message is not None:
            delay = RETRY_DELAYS[min(message.attempts, len(RETRY_DELAYS) - 1)]
            crud.begin_attempt(message.id, utcnow() + timedelta(minutes=delay))
    return message


def _send(message: AnyRow) -> str:
    try:
        with transaction():
            email = compose(message)
        if email is None:
            return _finish(message, "dropped")
        deliver(email)
    except DeliveryError as error:
        return _record_failure(message, error)
    except Exception as error:
        if _is_transient(error):
            raise
        # A bug in one message must not block the others.
        log.exception("composing or sending a message failed", extra={"fields": {"outbox_id": message.id}})
        return _record_failure(message, DeliveryError(type(error).__name__, permanent=False))
    return _finish(message, "sent")


def _is_transient(error: Exception) -> bool:
    """Return whether the error is a temporary failure of the database."""
    return isinstance(problem_from(error), Unavailable | EditConflict)


def _record_failure(message: AnyRow, error: DeliveryError) -> str:
    reason, attempts = str(error)[:200], message.attempts + 1
    given_up = error.permanent or attempts > len(RETRY_DELAYS)
    fields = {"outbox_id": message.id, "kind": message.kind, "attempts": attempts, "reason": reason}
    if given_up:
        log.error("giving up on a message", extra={"fields": fields})
        return _finish(message, "failed", reason)
    log.warning("message not sent, will retry", extra={"fields": fields})
    with transaction():
        crud.record_error(message.id, reason)
    return "postponed"


def _finish(message: AnyRow, state: str, error: str = "") -> str:
    with transaction():
        crud.finish_message(message.id, state, error)
    if state == "sent":
        log.info("message sent", extra={"fields": {"outbox_id": message.id, "kind": message.kind}})
    return state
