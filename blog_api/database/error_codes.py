"""The problem for each error code of the databases. Codes that are not listed are bugs of this service."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from blog_api.problems import EditConflict, InvalidInput, Problem, Unavailable

MakeProblem = Callable[[], Problem]

NO_ANSWER = "The database does not answer."
no_answer = partial(Unavailable, NO_ANSWER)
too_slow = partial(Unavailable, "The database took too long.")
locked = partial(Unavailable, "Another transaction holds a lock that this request needs.")
read_only = partial(Unavailable, "The database is read-only at the moment.")
schema_outdated = partial(Unavailable, "The database schema is out of date.")
unstorable = partial(InvalidInput, "The database cannot store one of the values.")
refused = partial(Unavailable, "The database refuses access to this service.", needs_operator=True)
damaged = partial(Unavailable, "The database is damaged.", needs_operator=True)

# SQLSTATE classes and codes: appendix A of the PostgreSQL manual.
_POSTGRESQL: dict[str, MakeProblem] = {
    "08": no_answer,  # connection exception
    "22": unstorable,  # data exception
    "25006": read_only,  # the server has become a replica
    "25P03": no_answer,  # idle in transaction for too long
    "25P04": no_answer,  # transaction timeout
    "28": refused,  # invalid authorization
    "3D": refused,  # no such database
    "3F": schema_outdated,  # no such schema
    "40": EditConflict,  # transaction rollback
    "40003": no_answer,  # statement completion unknown
    "42501": refused,  # insufficient privilege
    "42704": schema_outdated,  # undefined object, such as a constraint
    "42703": schema_outdated,  # undefined column
    "42883": schema_outdated,  # undefined function
    "42P01": schema_outdated,  # undefined table
    "42P10": schema_outdated,  # no unique constraint for ON CONFLICT
    "53": no_answer,  # insufficient resources
    "54": unstorable,  # program limit exceeded, such as the size of an index entry
    "55": no_answer,  # object not in prerequisite state
    "55P03": locked,  # lock not available
    "57": no_answer,  # operator intervention
    "57014": too_slow,  # query canceled
    "58": no_answer,  # system error
    "72": too_slow,  # snapshot too old
    "F0": no_answer,  # configuration file error
    "HV": no_answer,  # foreign data wrapper error
    "XX001": damaged,  # data corrupted
    "XX002": damaged,  # index corrupted
}
# Primary result codes of SQLite: https://www.sqlite.org/rescode.html
_SQLITE: dict[str, MakeProblem] = {
    "SQLITE_ABORT": no_answer,
    "SQLITE_AUTH": refused,
    "SQLITE_BUSY": locked,
    "SQLITE_CANTOPEN": refused,
    "SQLITE_CORRUPT": damaged,
    "SQLITE_FULL": no_answer,
    "SQLITE_INTERRUPT": too_slow,
    "SQLITE_IOERR": no_answer,
    "SQLITE_LOCKED": locked,
    "SQLITE_NOLFS": no_answer,
    "SQLITE_NOMEM": no_answer,
    "SQLITE_NOTADB": damaged,
    "SQLITE_PERM": refused,
    "SQLITE_PROTOCOL": locked,
    "SQLITE_READONLY": partial(Unavailable, "The database is read-only.", needs_operator=True),
    "SQLITE_SCHEMA": no_answer,
    "SQLITE_TOOBIG": unstorable,
}


def find_problem(code: str) -> MakeProblem | None:
    """Return what makes the problem for a SQLSTATE or an error name of SQLite; None if it is unknown.

    A SQLSTATE is looked up by itself, then by its class; an extended name of SQLite by its primary name.
    """
    if code.startswith("SQLITE_"):
        return _SQLITE.get("_".join(code.split("_")[:2]))
    return _POSTGRESQL.get(code) or _POSTGRESQL.get(code[:2])
