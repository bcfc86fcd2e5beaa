"""Map database errors to problems, and decide which transactions can be retried."""

from __future__ import annotations

import re

from sqlalchemy import exc
from sqlalchemy.orm.exc import StaleDataError

from blog_api.database.error_codes import NOT_RESPONDING, find_problem, schema_outdated, unstorable
from blog_api.problems import Conflict, EditConflict, Fault, InternalError, Problem, Unavailable

SLUG_TAKEN = Fault("This slug is taken.", "taken", "/slug")
USERNAME_TAKEN = Fault("This username is taken.", "taken", "/username")
# Raised at registration, which needs no confirmation, and when a new address is requested.
EMAIL_TAKEN = Fault("This email address belongs to another account.", "taken", "/email")
# Faults for violated unique constraints.
_CONSTRAINTS = {
    "uq_users_username_key": USERNAME_TAKEN,
    "uq_users_email_key": EMAIL_TAKEN,
    "uq_tags_name_key": Fault("A tag with this name already exists.", "taken", "/name"),
    "uq_tags_slug": SLUG_TAKEN,
    "uq_posts_slug": SLUG_TAKEN,
    # Reserved by triggers (migration 0025).
    "uq_post_slugs_slug": SLUG_TAKEN,
    "uq_tag_slugs_slug": SLUG_TAKEN,
    "uq_usernames_username_key": USERNAME_TAKEN,
    "uq_redirects_path": Fault("Another post or a redirect has this path.", "taken", "/aliases"),
}

# The owner row of a post, written both by the unit of work and by a trigger that migration 0023 drops. SQLite reports
# the columns instead of the constraint.
_DUPLICATE_OWNER = ("pk_post_authors", "uq_post_authors_post_id")

# Errors after which the transaction can be retried unchanged.
_RETRYABLE = {"40001", "40P01"}
# A statement that took too long.
_QUERY_CANCELED = "57014"
# SQLAlchemy raises this if a view continues after it lost its connection.
_CONNECTION_LOST = "8s2b"
# SQLite has one error name for all invalid statements. These messages mean that migrations are pending.
_OUTDATED_MESSAGES = (
    "no such table",
    "no such column",
    "has no column named",
    "ON CONFLICT clause does not match",
)


def problem_from_database(error: exc.SQLAlchemyError) -> Problem:
    """Return the problem for an error raised by SQLAlchemy or by the driver."""
    if isinstance(error, StaleDataError):
        return EditConflict()
    if isinstance(error, exc.PendingRollbackError) and error.code == _CONNECTION_LOST:
        return Unavailable(NOT_RESPONDING)
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
    if getattr(error.orig, "pgcode", None) == _QUERY_CANCELED:
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
    """Return whether a statement failed because of a missing table, column or function: migrations are pending."""
    said = str(error.orig)
    return find_problem(_code_of(error)) is schema_outdated or any(
        word in said for word in _OUTDATED_MESSAGES
    )


def _code_of(error: exc.DBAPIError) -> str:
    """Return the SQLSTATE of PostgreSQL or the error name of SQLite, or "" if there is none."""
    return getattr(error.orig, "pgcode", None) or getattr(error.orig, "sqlite_errorname", None) or ""


def _from_driver(error: exc.DBAPIError) -> Problem:
    if isinstance(error, exc.IntegrityError):
        return _from_constraint(violated_constraint(error))
    code = _code_of(error)
    if problem := find_problem(code):
        return problem()
    if isinstance(error, exc.DataError):
        return unstorable()
    if error.connection_invalidated:
        return Unavailable(NOT_RESPONDING)
    if is_schema_outdated(error):
        return schema_outdated()
    # psycopg2 has no SQLSTATE if it did not reach the server or lost the connection. A plain DatabaseError is an error
    # that the driver does not know.
    unreached = (
        isinstance(error, exc.OperationalError | exc.InterfaceError) or type(error) is exc.DatabaseError
    )
    return Unavailable(NOT_RESPONDING) if unreached and not code else InternalError()


def _from_constraint(name: str) -> Problem:
    if name in _DUPLICATE_OWNER:
        return schema_outdated()
    if fault := _CONSTRAINTS.get(name):
        return Conflict(fault.detail, faults=[fault])
    return Conflict("Other objects refer to this one, or an object that it refers to no longer exists.")
