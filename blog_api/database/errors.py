"""Map database errors to problems, and tell which can be retried."""

from __future__ import annotations

import re

from sqlalchemy import exc
from sqlalchemy.orm.exc import StaleDataError

from blog_api.problems import (
    Conflict,
    EditConflict,
    Fault,
    InternalError,
    InvalidInput,
    Problem,
    Unavailable,
)

SLUG_TAKEN = Fault("This slug is taken.", "taken", "/slug")
# Raised at registration, which needs no confirmation, and when a new address is requested.
EMAIL_TAKEN = Fault("This email address belongs to another account.", "taken", "/email")
# Faults for violated unique constraints.
_CONSTRAINTS = {
    "uq_users_username_key": Fault("This username is taken.", "taken", "/username"),
    "uq_users_email_key": EMAIL_TAKEN,
    "uq_tags_name_key": Fault("A tag with this name already exists.", "taken", "/name"),
    "uq_tags_slug": SLUG_TAKEN,
    "uq_posts_slug": SLUG_TAKEN,
}

# The owner row of a post, written both by the unit of work and by a trigger that migration 0023 drops. SQLite reports
# the columns instead of the constraint.
_DUPLICATE_OWNER = ("pk_post_authors", "uq_post_authors_post_id")

# SQLSTATE classes and codes, see appendix A of the PostgreSQL manual. After an error in _RETRYABLE, the transaction
# can be retried unchanged.
_RETRYABLE = {"40001", "40P01"}
_UNAVAILABLE = ("08", "53", "57", "58", "F0", "XX001", "XX002", "25P03", "25P04", "40003")
# After a failover, the server may have become a replica.
_READ_ONLY = "25006"
_TOO_SLOW = "57014"
# SQLAlchemy raises this if a view continues after it lost its connection.
_CONNECTION_LOST = "8s2b"
# Exceeded timeouts: SQLSTATE codes of PostgreSQL and error names of SQLite.
_TIMEOUTS = {
    _TOO_SLOW: "The database took too long.",
    "55P03": "Another transaction holds a lock that this request needs.",
    "SQLITE_INTERRUPT": "The database took too long.",
    "SQLITE_BUSY": "Another transaction holds a lock that this request needs.",
}

# A missing table or column: SQLSTATE codes of PostgreSQL and messages of SQLite.
_MISSING_CODES = ("42P01", "42703")
_MISSING_WORDS = ("no such table", "no such column", "has no column named")


def problem_from_database(error: exc.SQLAlchemyError) -> Problem:
    """Return the problem for an error raised by SQLAlchemy or by the driver."""
    if isinstance(error, StaleDataError):
        return EditConflict()
    if isinstance(error, exc.PendingRollbackError) and error.code == _CONNECTION_LOST:
        return Unavailable("The database does not answer.")
    if isinstance(error, exc.TimeoutError):
        return Unavailable("All connections to the database are in use.")
    if isinstance(error, exc.DBAPIError):
        return _from_driver(error)
    return InternalError()


def is_retryable(error: BaseException) -> bool:
    """Return whether to retry the whole transaction."""
    return isinstance(error, exc.DBAPIError) and getattr(error.orig, "pgcode", None) in _RETRYABLE


def can_retry_on_primary(error: exc.DBAPIError) -> bool:
    """Return whether a read that failed on the replica could succeed on the primary.

    It could if the replica is unavailable, lacks migrations, or canceled the statement because of replication.
    """
    if getattr(error.orig, "pgcode", None) == _TOO_SLOW:
        return False
    return isinstance(problem_from_database(error), Unavailable | EditConflict)


def violated_constraint(error: exc.IntegrityError) -> str:
    """Return the name of the violated constraint, or "" for a foreign key on SQLite, which does not report it."""
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        return diagnostics.constraint_name or ""
    text = str(error.orig)
    if found := re.search(r"UNIQUE constraint failed: (\w+)\.(\w+)", text):
        return f"uq_{found[1]}_{found[2]}"
    found = re.search(r"CHECK constraint failed: (\w+)", text)
    return found[1] if found else ""


def is_schema_outdated(error: exc.DBAPIError) -> bool:
    """Return whether a statement failed because of a missing table or column, so that migrations are pending."""
    said = str(error.orig)
    return getattr(error.orig, "pgcode", None) in _MISSING_CODES or any(
        word in said for word in _MISSING_WORDS
    )


def _from_driver(error: exc.DBAPIError) -> Problem:
    if isinstance(error, exc.IntegrityError):
        name = violated_constraint(error)
        if name in _DUPLICATE_OWNER:
            return Unavailable("The database schema is out of date.")
        if fault := _CONSTRAINTS.get(name):
            return Conflict(fault.detail, faults=[fault])
        return Conflict("Other objects refer to this one, or an object that it refers to no longer exists.")
    code = str(getattr(error.orig, "pgcode", None) or getattr(error.orig, "sqlite_errorname", ""))
    if code in _RETRYABLE:
        return EditConflict()
    if isinstance(error, exc.DataError):
        return InvalidInput("The database cannot store one of the values.")
    if detail := _TIMEOUTS.get(code):
        return Unavailable(detail)
    if code == _READ_ONLY:
        return Unavailable("The database is read-only at the moment.")
    if error.connection_invalidated or code.startswith(_UNAVAILABLE) or isinstance(error, exc.InterfaceError):
        return Unavailable("The database does not answer.")
    if is_schema_outdated(error):
        return Unavailable("The database schema is out of date.")
    return _without_sqlstate(error, code)


def _without_sqlstate(error: exc.DBAPIError, code: str) -> Problem:
    """Return the problem for an error without a SQLSTATE.

    psycopg2 has none if it did not reach the server or lost the connection. SQLite uses SQLITE_ERROR only for invalid
    statements. A plain DatabaseError is an unknown error of the driver, or a corrupt database file.
    """
    unreached = not code or (code.startswith("SQLITE_") and code != "SQLITE_ERROR")
    fault = isinstance(error, exc.OperationalError) or type(error) is exc.DatabaseError
    return Unavailable("The database does not answer.") if fault and unreached else InternalError()
