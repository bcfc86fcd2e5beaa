"""What concerns access leaves a row: logins, denials, limits hit; changes of accounts, roles, passwords, tokens."""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from collections.abc import Iterable

from flask import Flask, current_app, g, has_request_context, request
from sqlalchemy import exc

from blog_api.context import exchange
from blog_api.crud import audit as crud
from blog_api.database.session import transaction
from blog_api.monitoring.metrics import REFUSALS
from blog_api.problems import Problem, Unavailable
from blog_api.security.counters import Counters, Window

log = logging.getLogger(__name__)

# Of one kind, by one actor from one address, in each process: who floods the service must not fill the disk.
_MAX_EVENTS, _WINDOW_SECONDS = 60, 60


def record(
    action: str,
    *,
    user_id: int | None,
    actor_id: int | None = None,
    detail: str = "",
    origin: tuple[str, str] | None = None,
) -> None:
    """Leave a row in the transaction that is under way. The actor is who asks, unless it is somebody else.

    `origin` is the one of an earlier request. What the command line does has no actor and no address.
    """
    address, request_id = origin or request_origin()
    crud.add_event(
        action=action,
        actor_id=actor_id or _viewer_id(),
        user_id=user_id,
        detail=detail[:200],
        address=address,
        request_id=request_id,
    )


class audit_rejections(contextlib.ContextDecorator):  # noqa: N801
    """Leave a row, in a transaction of its own, for each problem that names its event. Not within a transaction."""

    def __enter__(self) -> None:
        """Nothing is there to be noted yet."""

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        """Note what was raised, if it is such a problem; it goes on."""
        if isinstance(error, Problem) and error.audit_event and _count_rejection(error.audit_event):
            _record_rejection(error)


def record_rejections(problems: Iterable[Problem]) -> None:
    """Leave a row in the transaction that is under way for each event that these problems name.

    For problems that are not those of the whole request, and so are raised to nobody.
    """
    for event, times in Counter(problem.audit_event for problem in problems if problem.audit_event).items():
        if _count_rejection(event):
            record(event, user_id=_viewer_id(), detail=f"{request.method} {request.path}, {times} operations")


def _count_rejection(event: str) -> bool:
    """Count a refusal, and say whether it may leave a row."""
    REFUSALS.labels(event).inc()
    counters: Counters = current_app.extensions["audit"]
    (count,) = counters.hit(Window(f"{event} {_viewer_id()} {request_origin()[0]}", _WINDOW_SECONDS))
    return count.number <= _MAX_EVENTS


def _record_rejection(problem: Problem) -> None:
    detail = f"{request.method} {request.path}"
    try:
        with transaction():
            record(problem.audit_event, user_id=problem.audit_user_id or _viewer_id(), detail=detail)
    except (exc.SQLAlchemyError, Unavailable) as error:
        # The client gets its answer all the same.
        reason = str(getattr(error, "orig", error))
        log.warning(
            "an event was not kept", extra={"fields": {"event": problem.audit_event, "reason": reason}}
        )


def _viewer_id() -> int | None:
    viewer = g.get("viewer")
    return viewer.id if viewer else None


def request_origin() -> tuple[str, str]:
    """The address that asks, and the id of the request; empty on the command line."""
    if not has_request_context():
        return "", ""
    return (request.remote_addr or "")[:45], exchange.request_id


def init_app(app: Flask) -> None:
    """Count what is refused."""
    app.extensions["audit"] = Counters()
