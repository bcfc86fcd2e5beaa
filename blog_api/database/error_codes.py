"""Map the error codes of the databases to problems. Codes that are not listed indicate bugs in this service."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from blog_api.problems import EditConflict, InvalidInput, Problem, Unavailable

MakeProblem = Callable[[], Problem]

NOT_RESPONDING = "The database is not responding."
not_responding = partial(Unavailable, NOT_RESPONDING)
too_slow = partial(Unavailable, "The database took too long.")
locked = partial(Unavailable, "Another transaction holds a lock that this request needs.")
read_only = partial(Unavailable, "The database is read-only at the moment.")
schema_outdated = partial(Unavailable, "The database schema is out of date.")
unstorable = partial(InvalidInput, "The database cannot store one of the values.")
refused = partial(Unavailable, "The database refuses access to this service.", needs_operator=True)
damaged = partial(Unavailable, "The database is damaged.", needs_operator=True)

# SQLSTATE classes and codes: appendix A of the PostgreSQL manual.
_POSTGRESQL: dict[str, MakeProblem] = {
    "08": not_responding,  # connection exception
    "22": unstorable,  # data exception
    "25006": read_only,  # the server has become a replica
    "25P03": not_responding,  # idle in transaction for too long
    "25P04": not_responding,  # transaction timeout
    "28": refused,  # invalid authorization
    "3D": refused,  # no such database
    "3F": schema_outdated,  # no such schema
    "40": EditConflict,  # transaction rollback
    "40003": not_responding,  # statement completion unknown
    "42501": refused,  # insufficient privilege
    "42704": schema_outdated,  # undefined object, such as a constraint
    "42703": schema_outdated,  # undefined column
    "42883": schema_outdated,  # undefined function
    "42P01": schema_outdated,  # undefined table
    "42P10": schema_outdated,  # no unique constraint for ON CONFLICT
    "53": not_responding,  # insufficient resources
    "54": unstorable,  # program limit exceeded, such as the size of an index entry
    "55": not_responding,  # object not in prerequisite state
    "55P03": locked,  # lock not available
    "57": not_responding,  # operator intervention
    "57014": too_slow,  # query canceled
    "58": not_responding,  # system error
    "72": too_slow,  # snapshot too old
    "F0": not_responding,  # configuration file error
    "HV": not_responding,  # foreign data wrapper error
    "XX001": damaged,  # data corrupted
    "XX002": damaged,  # index corrupted
}
# Primary result codes of SQLite: https://www.sqlite.org/rescode.html
_SQLITE: dict[str, MakeProblem] = {
    "SQLITE_ABORT": not_responding,
    "SQLITE_AUTH": refused,
    "SQLITE_BUSY": locked,
    "SQLITE_CANTOPEN": refused,
    "SQLITE_CORRUPT": damaged,
    "SQLITE_FULL": not_responding,
    "SQLITE_INTERRUPT": too_slow,
    "SQLITE_IOERR": not_responding,
    "SQLITE_LOCKED": locked,
    "SQLITE_NOLFS": not_responding,
    "SQLITE_NOMEM": not_responding,
    "SQLITE_NOTADB": damaged,
    "SQLITE_PERM": refused,
    "SQLITE_PROTOCOL": locked,
    "SQLITE_READONLY": partial(Unavailable, "The database is read-only.", needs_operator=True),
    "SQLITE_SCHEMA": not_responding,
    "SQLITE_TOOBIG": unstorable,
}


def find_problem(code: str) -> MakeProblem | None:
    """Return a function that creates the problem for a SQLSTATE or SQLite error name, or None if the code is unknown.

    For a SQLSTATE, fall back to its class. For an extended SQLite name, use the primary name.
    """
    if code.startswith("SQLITE_"):
        return _SQLITE.get("_".join(code.split("_")[:2]))
    return _POSTGRESQL.get(code) or _POSTGRESQL.get(code[:2])
