"""From any exception to its problem, and from a problem to the reply. No other module builds an error reply."""

from __future__ import annotations

import logging
import re
from typing import Any
from urllib.parse import quote

import orjson
from flask import Flask, Response, request
from sqlalchemy import exc
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from blog_api.api.caching import if_match_given
from blog_api.context import exchange
from blog_api.problems import (
    PROBLEMS,
    Conflict,
    EditConflict,
    Fault,
    HttpError,
    InternalError,
    InvalidInput,
    PreconditionFailed,
    Problem,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"
log = logging.getLogger(__name__)

_BY_STATUS = {kind.status: kind for kind in reversed(PROBLEMS.values()) if kind is not HttpError}

TAKEN_SLUG = Fault("This slug is taken.", "taken", "/slug")
# As at a registration, where nothing waits to be confirmed.
TAKEN_ADDRESS = Fault("This address belongs to another account.", "taken", "/email")
# What a violated constraint says to the client.
_CONSTRAINTS = {
    "uq_users_username_key": Fault("This username is taken.", "taken", "/username"),
    "uq_users_email_key": TAKEN_ADDRESS,
    "uq_tags_name_key": Fault("There is a tag of this name.", "taken", "/name"),
    "uq_tags_slug": TAKEN_SLUG,
    "uq_posts_slug": TAKEN_SLUG,
}

# SQLSTATE classes and codes, PostgreSQL manual, appendix A: what may be sent again as it is.
_RETRYABLE = {"40001", "40P01"}
_AWAY = ("08", "53", "57", "58", "F0", "XX001", "XX002", "25P03", "25P04", "40003")
# After a failover the server that is asked may be a replica.
_READ_ONLY = "25006"
_TOO_SLOW = "57014"
# What SQLAlchemy says to a view that goes on after its connection was lost.
_LOST = "8s2b"
# What took longer than the limits of connections allow: PostgreSQL says it by code, SQLite by name.
_LATE = {
    _TOO_SLOW: "The database took too long.",
    "55P03": "Another change holds what this one needs.",
    "SQLITE_INTERRUPT": "The database took too long.",
    "SQLITE_BUSY": "Another change holds what this one needs.",
}


# PostgreSQL says by code that a table or a column is not there, SQLite in words.
_MISSING_CODES = ("42P01", "42703")
_MISSING_WORDS = ("no such table", "no such column", "has no column named")


def problem_from(error: BaseException) -> Problem:
    """The problem that answers `error`. Pure: nothing is logged or sent."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return _from_http(error)
    if isinstance(error, StaleDataError):
        return EditConflict()
    if isinstance(error, exc.PendingRollbackError) and error.code == _LOST:
        return Unavailable("The database does not answer.")
    if isinstance(error, exc.TimeoutError):
        return Unavailable("All connections to the database are in use.")
    if isinstance(error, exc.DBAPIError):
        return _from_database(error)
    return InternalError()


def is_retryable(error: BaseException) -> bool:
    """Whether the same transaction, run again from the start, may well succeed."""
    return isinstance(error, exc.DBAPIError) and getattr(error.orig, "pgcode", None) in _RETRYABLE


def may_work_elsewhere(error: exc.DBAPIError) -> bool:
    """Whether the fault is with the server that was asked: away, behind in its migrations, or busy with replication."""
    if getattr(error.orig, "pgcode", None) == _TOO_SLOW:
        return False
    return isinstance(problem_from(error), Unavailable | EditConflict)


def violated_constraint(error: exc.IntegrityError) -> str:
    """The name of the constraint that was violated; "" for a foreign key on SQLite, which does not say."""
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        return diagnostics.constraint_name or ""
    text = str(error.orig)
    if found := re.search(r"UNIQUE constraint failed: (\w+)\.(\w+)", text):
        return f"uq_{found[1]}_{found[2]}"
    found = re.search(r"CHECK constraint failed: (\w+)", text)
    return found[1] if found else ""


def lacks_tables(error: exc.DBAPIError) -> bool:
    """Whether a statement failed because the migrations were not applied."""
    said = str(error.orig)
    return getattr(error.orig, "pgcode", None) in _MISSING_CODES or any(
        word in said for word in _MISSING_WORDS
    )


def _from_http(error: HTTPException) -> Problem:
    status = error.code or 500
    kind = _BY_STATUS.get(status, HttpError)
    problem = kind(error.description or "") if status != 500 else InternalError()
    if kind is HttpError:
        problem.status, problem.title = status, error.name
    for name in ("Allow", "Retry-After", "Location"):
        value = dict(error.get_headers()).get(name) or (error.response and error.response.headers.get(name))
        if value:
            problem.headers[name] = value
    return problem


def _from_database(error: exc.DBAPIError) -> Problem:
    if isinstance(error, exc.IntegrityError):
        name = violated_constraint(error)
        if fault := _CONSTRAINTS.get(name):
            return Conflict(fault.detail, faults=[fault])
        return Conflict("Other data depends on this, or what it depends on is gone.")
    code = str(getattr(error.orig, "pgcode", None) or getattr(error.orig, "sqlite_errorname", ""))
    if code in _RETRYABLE:
        return EditConflict()
    if isinstance(error, exc.DataError):
        return InvalidInput("The database cannot hold one of the values.")
    if detail := _LATE.get(code):
        return Unavailable(detail)
    if code == _READ_ONLY:
        return Unavailable("The database takes no writes at the moment.")
    if error.connection_invalidated or code.startswith(_AWAY) or isinstance(error, exc.InterfaceError):
        return Unavailable("The database does not answer.")
    if lacks_tables(error):
        return Unavailable("The migrations of the database are behind the code.")
    return _without_code(error, code)


def _without_code(error: exc.DBAPIError, code: str) -> Problem:
    """PostgreSQL gives no code where nobody was reached, or where the answer breaks off. SQLite says SQLITE_ERROR for a
    mistake in the statement only. A plain DatabaseError is the driver at its wits' end, or a file that is damaged."""
    unreached = not code or (code.startswith("SQLITE_") and code != "SQLITE_ERROR")
    fault = isinstance(error, exc.OperationalError) or type(error) is exc.DatabaseError
    return Unavailable("The database does not answer.") if fault and unreached else InternalError()


def body_of(problem: Problem) -> dict[str, Any]:
    """What is shown of a problem: RFC 9457, with the address and the id of the request."""
    return {**problem.as_dict(), "instance": quote(request.path), "request_id": exchange.request_id}


def reply_to(problem: Problem) -> Response:
    """The reply for a problem."""
    headers = {"Cache-Control": "no-store", **problem.headers}
    return Response(orjson.dumps(body_of(problem)), problem.status, headers, content_type=MEDIA_TYPE)


def handle(error: Exception) -> Response:
    """Answer any exception. What is our own mistake is logged with its traceback, what the database lacks in short."""
    problem = problem_from(error)
    if isinstance(problem, EditConflict) and if_match_given():
        # The version that the client named was current when it was compared, and is not any more.
        problem = PreconditionFailed()
    if isinstance(problem, InternalError):
        log.error("unhandled exception", exc_info=error)
    elif isinstance(problem, Unavailable):
        log.warning("unavailable", extra={"fields": {"reason": str(getattr(error, "orig", error))}})
    return reply_to(problem)


def init_app(app: Flask) -> None:
    """Make every error of the app, in and outside the API, answer as a problem."""
    app.register_error_handler(Exception, handle)
    app.register_error_handler(HTTPException, handle)
