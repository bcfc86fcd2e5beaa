"""What an error of the database means: the problem that answers it, and whether another try may help."""

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
# As at a registration, where nothing waits to be confirmed.
EMAIL_TAKEN = Fault("This address belongs to another account.", "taken", "/email")
# What a violated constraint says to the client.
_CONSTRAINTS = {
    "uq_users_username_key": Fault("This username is taken.", "taken", "/username"),
    "uq_users_email_key": EMAIL_TAKEN,
    "uq_tags_name_key": Fault("There is a tag of this name.", "taken", "/name"),
    "uq_tags_slug": SLUG_TAKEN,
    "uq_posts_slug": SLUG_TAKEN,
}

# The owner of a post, by a trigger that migration 0023 takes away and by the unit of work; SQLite names the columns.
_DUPLICATE_OWNER = ("pk_post_authors", "uq_post_authors_post_id")

# SQLSTATE classes and codes, PostgreSQL manual, appendix A: what may be sent again as it is.
_RETRYABLE = {"40001", "40P01"}
_UNAVAILABLE = ("08", "53", "57", "58", "F0", "XX001", "XX002", "25P03", "25P04", "40003")
# After a failover the server that is asked may be a replica.
_READ_ONLY = "25006"
_TOO_SLOW = "57014"
# What SQLAlchemy says to a view that goes on after its connection was lost.
_CONNECTION_LOST = "8s2b"
# What took longer than the limits of connections allow: PostgreSQL says it by code, SQLite by name.
_TIMEOUTS = {
    _TOO_SLOW: "The database took too long.",
    "55P03": "Another change holds what this one needs.",
    "SQLITE_INTERRUPT": "The database took too long.",
    "SQLITE_BUSY": "Another change holds what this one needs.",
}


# PostgreSQL says by code that a table or a column is not there, SQLite in words.
_MISSING_CODES = ("42P01", "42703")
_MISSING_WORDS = ("no such table", "no such column", "has no column named")


def problem_from_database(error: exc.SQLAlchemyError) -> Problem:
    """Return the problem that answers an error of SQLAlchemy or of the driver below it."""
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
    """Whether the same transaction, run again from the start, may well succeed."""
    return isinstance(error, exc.DBAPIError) and getattr(error.orig, "pgcode", None) in _RETRYABLE


def can_retry_on_primary(error: exc.DBAPIError) -> bool:
    """Whether the fault is with the server that was asked: away, behind in its migrations, or busy with replication."""
    if getattr(error.orig, "pgcode", None) == _TOO_SLOW:
        return False
    return isinstance(problem_from_database(error), Unavailable | EditConflict)


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


def is_schema_outdated(error: exc.DBAPIError) -> bool:
    """Whether a statement failed because the migrations were not applied."""
    said = str(error.orig)
    return getattr(error.orig, "pgcode", None) in _MISSING_CODES or any(
        word in said for word in _MISSING_WORDS
    )


def _from_driver(error: exc.DBAPIError) -> Problem:
    if isinstance(error, exc.IntegrityError):
        name = violated_constraint(error)
        if name in _DUPLICATE_OWNER:
            return Unavailable("The migrations of the database are behind the code.")
        if fault := _CONSTRAINTS.get(name):
            return Conflict(fault.detail, faults=[fault])
        return Conflict("Other data depends on this, or what it depends on is gone.")
    code = str(getattr(error.orig, "pgcode", None) or getattr(error.orig, "sqlite_errorname", ""))
    if code in _RETRYABLE:
        return EditConflict()
    if isinstance(error, exc.DataError):
        return InvalidInput("The database cannot hold one of the values.")
    if detail := _TIMEOUTS.get(code):
        return Unavailable(detail)
    if code == _READ_ONLY:
        return Unavailable("The database takes no writes at the moment.")
    if error.connection_invalidated or code.startswith(_UNAVAILABLE) or isinstance(error, exc.InterfaceError):
        return Unavailable("The database does not answer.")
    if is_schema_outdated(error):
        return Unavailable("The migrations of the database are behind the code.")
    return _without_sqlstate(error, code)


def _without_sqlstate(error: exc.DBAPIError, code: str) -> Problem:
    """PostgreSQL gives no code where nobody was reached, or where the answer breaks off. SQLite says SQLITE_ERROR for a
    mistake in the statement only. A plain DatabaseError is the driver at its wits' end, or a file that is damaged."""
    unreached = not code or (code.startswith("SQLITE_") and code != "SQLITE_ERROR")
    fault = isinstance(error, exc.OperationalError) or type(error) is exc.DatabaseError
    return Unavailable("The database does not answer.") if fault and unreached else InternalError()
