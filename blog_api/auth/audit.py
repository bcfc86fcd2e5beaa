"""Write the audit log: logins, rejected requests, and changes to accounts, roles, passwords and tokens."""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator

from flask import Flask, current_app, g, has_request_context, request
from sqlalchemy import exc

from blog_api.context import exchange
from blog_api.crud import audit as crud
from blog_api.database.session import transaction
from blog_api.monitoring.metrics import REJECTIONS
from blog_api.problems import Problem, Unavailable
from blog_api.security.counters import Counters, Window

log = logging.getLogger(__name__)

# Limit for rejections, per event, actor, address and process, so that a flood of requests does not fill the disk.
_MAX_EVENTS, _WINDOW_SECONDS = 60, 60


def record(
    action: str,
    *,
    user_id: int | None,
    actor_id: int | None = None,
    detail: str = "",
    origin: tuple[str, str] | None = None,
) -> None:
    """Add an event to the audit log in the current transaction.

    The actor defaults to the viewer and `origin` to that of the current request. CLI commands have neither.
    """
    ip_address, request_id = origin or request_origin()
    crud.add_event(
        action=action,
        actor_id=actor_id or _viewer_id(),
        user_id=user_id,
        detail=detail[:200],
        address=ip_address,
        request_id=request_id,
    )


class audit_rejections(contextlib.ContextDecorator):  # noqa: N801
    """Record problems that have an `audit_event`, in a separate transaction. Must not be used inside a transaction."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        """Record the exception if it is such a problem, and let it propagate."""
        if isinstance(error, Problem) and error.audit_event and _count_rejection(error.audit_event):
            _record_rejection(error)
        elif operations := g.pop("rejected_operations", None):
            with _separate_transaction(", ".join(operations)):
                _record_operations(operations)


def record_rejections(problems: Iterable[Problem]) -> None:
    """Record one event per distinct `audit_event` of the problems, in the current transaction.

    For problems of single operations in a bulk request, which are reported in the response and not raised. Those of a
    dry run are recorded after its transaction, which is rolled back.
    """
    events = Counter(problem.audit_event for problem in problems if problem.audit_event)
    if exchange.dry_run:
        g.rejected_operations = events
    else:
        _record_operations(events)


def _record_operations(events: Counter[str]) -> None:
    for event, times in events.items():
        if _count_rejection(event):
            record(event, user_id=_viewer_id(), detail=f"{request.method} {request.path}, {times} operations")


def _count_rejection(event: str) -> bool:
    """Count a rejection. Return whether it is below the limit and should be recorded."""
    REJECTIONS.labels(event).inc()
    counters: Counters = current_app.extensions["audit"]
    (count,) = counters.hit(Window(f"{event} {_viewer_id()} {request_origin()[0]}", _WINDOW_SECONDS))
    return count.number <= _MAX_EVENTS


def _record_rejection(problem: Problem) -> None:
    detail = f"{request.method} {request.path}"
    with _separate_transaction(problem.audit_event):
        record(problem.audit_event, user_id=problem.audit_user_id or _viewer_id(), detail=detail)


@contextlib.contextmanager
def _separate_transaction(event: str) -> Iterator[None]:
    try:
        with transaction():
            yield
    except (exc.SQLAlchemyError, Unavailable) as error:
        # The client gets its response regardless.
        reason = str(getattr(error, "orig", error))
        log.warning("could not record an audit event", extra={"fields": {"event": event, "reason": reason}})


def _viewer_id() -> int | None:
    viewer = g.get("viewer")
    return viewer.id if viewer else None


def request_origin() -> tuple[str, str]:
    """Return the IP address of the client and the request id, both empty outside a request."""
    if not has_request_context():
        return "", ""
    return (request.remote_addr or "")[:45], exchange.request_id


def init_app(app: Flask) -> None:
    """Create the counters that limit recorded rejections."""
    app.extensions["audit"] = Counters()
