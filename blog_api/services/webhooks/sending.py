"""Send the messages of one endpoint.

Messages are delivered at least once: if a worker dies after a receiver has accepted a message and before that is
recorded, the message is sent again, with the same id. No database connection is held while a message is sent.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from blog_api.auth import audit
from blog_api.crud import outbox, users
from blog_api.crud.webhooks import endpoints, queue
from blog_api.database.columns import utcnow
from blog_api.database.session import transaction
from blog_api.mail.delivery import is_mail_enabled
from blog_api.outgoing.client import Client
from blog_api.outgoing.failures import RequestAborted, RequestFailed
from blog_api.paging.pages import AnyRow
from blog_api.schemas.webhooks import types_of
from blog_api.security.webhook_signatures import signed_headers
from blog_api.services.webhooks.messages import compose_messages
from blog_api.services.webhooks.outcomes import Outcome, delay_after, parse_retry_after

log = logging.getLogger(__name__)

# An endpoint that has failed for this long is switched off.
PATIENCE = timedelta(days=3)
GONE, WAIT = 410, (429, 503)
# Longer than sending one message and recording the outcome takes.
LEASE = timedelta(seconds=30)
# How often the outcomes are recorded and the lease is renewed.
RECORD_AFTER = timedelta(seconds=1)
# Changes or messages per transaction. Changes that wait together share purge messages.
BATCH = 100
PURGE_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends messages.

    `trusted_hosts` are those of the HTTP client. `clock` returns the current time, and `is_stopping` whether the worker
    stops: then no further message is sent. `is_aborting` interrupts a request that is being sent.
    """

    trusted_hosts: Collection[str] = ()
    clock: Callable[[], datetime] = utcnow
    is_stopping: Callable[[], bool] = lambda: False
    is_aborting: Callable[[], bool] = lambda: False
    owner: str = field(default_factory=lambda: secrets.token_hex(16))

    def send_ordered(self, webhook_id: int) -> None:
        """Send the changes that wait for an endpoint, in order, until there are none or one fails.

        Do nothing if another worker is sending.
        """
        now = self.clock()
        with transaction():
            webhook = queue.acquire_lease(webhook_id, self.owner, now, now + LEASE)
        if webhook is None:
            return
        try:
            with self._client() as client:
                while webhook is not None and (batch := self._next_batch(webhook)):
                    webhook = self._send_batch(client, webhook, batch)
        finally:
            with transaction():
                queue.release_lease(webhook_id, self.owner)

    def send_other(self, webhook_id: int) -> None:
        """Send the tests and repeated messages that wait for an endpoint, once each."""
        with self._client() as client:
            while not self.is_stopping():
                now = self.clock()
                with transaction():
                    claimed = queue.claim_other(webhook_id, now, now + LEASE)
                if claimed is None:
                    return
                webhook, message = claimed
                try:
                    outcome = self._send(client, webhook, message)
                except RequestAborted:
                    return
                state = "delivered" if outcome.is_success else "failed"
                with transaction():
                    queue.record_attempts([outcome.as_attempt(message.id, state)], self.clock())

    def _client(self) -> Client:
        return Client(self.trusted_hosts, is_aborted=self.is_aborting)

    def _next_batch(self, webhook: AnyRow) -> list[AnyRow]:
        """Return the next messages, after adding those about the next changes to the queue if it is empty."""
        types, limit = types_of(webhook.events), PURGE_BATCH if webhook.kind == "purge" else BATCH
        while not self.is_stopping():
            with transaction():
                current = queue.renew_lease(webhook.id, self.owner, self.clock() + LEASE)
                if current is None:
                    return []
                if waiting := queue.read_ordered(webhook.id, BATCH):
                    return list(waiting)
                changes, position, deleted = queue.read_changes(current.position, types, limit)
                if position <= current.position:
                    return []
                messages = compose_messages(webhook.kind, changes)
                queue.add_ordered(webhook.id, position, messages, self.clock())
            if current.position < deleted:
                fields = {"webhook_id": webhook.id, "position": current.position, "deleted": deleted}
                log.warning("changes were deleted before a webhook got them", extra={"fields": fields})
        return []

    def _send_batch(self, client: Client, webhook: AnyRow, batch: list[AnyRow]) -> AnyRow | None:
        """Send messages until one fails. Return the endpoint as it is now, or None to stop."""
        done: list[dict[str, Any]] = []
        recorded = self.clock()
        current: AnyRow | None = webhook
        for message in batch:
            if current is None or self.is_stopping():
                break
            try:
                outcome = self._send(client, current, message)
            except RequestAborted:
                break
            if not outcome.is_success:
                self._record_failure(current, done, message, outcome)
                return None
            done.append(outcome.as_attempt(message.id, "delivered"))
            if self.clock() - recorded >= RECORD_AFTER:
                current, recorded, done = self._record(current, done), self.clock(), []
        return self._record(current, done) if current is not None else None

    def _send(self, client: Client, webhook: AnyRow, message: AnyRow) -> Outcome:
        began = self.clock()
        body = message.payload.encode()
        keys = [webhook.secret]
        if webhook.old_secret_until is not None and began < webhook.old_secret_until:
            keys.append(webhook.old_secret)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "blog_api",
            **signed_headers(message.message_id, began, body, keys),
        }
        try:
            response = client.send("POST", webhook.url, headers, body)
        except RequestAborted:
            raise
        except RequestFailed as error:
            return Outcome(began, error=str(error)[:200], seconds=(self.clock() - began).total_seconds())
        outcome = Outcome(began, response.status, seconds=response.seconds)
        if not outcome.is_success:
            outcome.error = f"The response had the status {response.status}."
            if response.status in WAIT:
                outcome.retry_after = parse_retry_after(response.headers.get("retry-after", ""), began)
        return outcome

    def _record(self, webhook: AnyRow, done: list[dict[str, Any]]) -> AnyRow | None:
        """Record delivered messages, and renew the lease. Return the endpoint as it is now, or None without a lease."""
        with transaction():
            return self._record_delivered(webhook, done)

    def _record_delivered(self, webhook: AnyRow, done: list[dict[str, Any]]) -> AnyRow | None:
        now = self.clock()
        # First the endpoint, as the API does, so that the two cannot deadlock. The recovery comes before the lease,
        # which returns the endpoint as it is then: the next failure counts as the first.
        if done:
            queue.record_recovery(webhook.id)
        current = queue.renew_lease(webhook.id, self.owner, now + LEASE)
        queue.record_attempts(done, now)
        return current

    def _record_failure(
        self, webhook: AnyRow, done: list[dict[str, Any]], message: AnyRow, outcome: Outcome
    ) -> None:
        now = self.clock()
        failures, since = (0, now) if done else (webhook.failures, webhook.failing_since or now)
        is_over = outcome.status == GONE or now >= since + PATIENCE
        with transaction():
            current = self._record_delivered(webhook, done)
            # Without a lease, another worker sends the message, or the endpoint was switched off and it has failed.
            state = "pending" if current is not None else None
            queue.record_attempts([outcome.as_attempt(message.id, state)], now)
            if current is None:
                return
            due_at = now + (outcome.retry_after or delay_after(failures))
            queue.record_failure(webhook.id, outcome.error, now, min(due_at, since + PATIENCE))
            if is_over:
                _switch_off(webhook.id)
        fields = {"webhook_id": webhook.id, "message_id": message.message_id, "reason": outcome.error}
        log.warning(
            "webhook switched off" if is_over else "webhook failed, will retry", extra={"fields": fields}
        )


def _switch_off(webhook_id: int) -> None:
    """Switch an endpoint off, and tell the admins, in the current transaction."""
    if not queue.switch_off(webhook_id):
        return
    endpoints.fail_pending_deliveries(webhook_id)
    audit.record("webhook.disabled", user_id=None, detail=f"webhook {webhook_id}")
    for admin in users.list_accounts("admin"):
        if admin.is_active and admin.email and is_mail_enabled():
            outbox.add_message("webhook_disabled", admin.email, user_id=admin.id, webhook_id=webhook_id)
