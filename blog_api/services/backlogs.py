"""Measure what waits for the worker."""

from __future__ import annotations

from typing import NamedTuple

from blog_api.api.errors import problem_from
from blog_api.database.servers import pool_status
from blog_api.database.session import db, reading
from blog_api.mail.delivery import is_mail_enabled
from blog_api.problems import Unavailable
from blog_api.services import changes, outbox
from blog_api.services.webhooks import backlog as webhooks


class Backlogs(NamedTuple):
    """The unsent mail and webhooks, and for how many seconds the oldest change has been waiting to be numbered."""

    mail: outbox.Backlog
    webhooks: webhooks.Backlog
    oldest_change: float


def measure_backlogs() -> Backlogs | None:
    """Return what waits for the worker. Without mail settings, no mail does.

    Return None if all connections of the pool are in use, instead of waiting for one. Raises Unavailable if the
    database is not responding.
    """
    pool = pool_status(db.engine)
    if pool["in_use"] >= pool["size"]:
        return None
    try:
        with reading():
            mail = outbox.measure_backlog() if is_mail_enabled() else {}
            return Backlogs(mail, webhooks.measure_backlog(), changes.measure_backlog())
    except Exception as error:
        if not isinstance(problem_from(error), Unavailable):
            raise
        raise Unavailable from error
