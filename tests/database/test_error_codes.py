"""Every error code and every exception of the drivers has its problem."""

from __future__ import annotations

import logging
import sqlite3

import psycopg2
import pytest
from psycopg2 import errorcodes, errors
from sqlalchemy import exc, text

from blog_api.api.errors import problem_from
from blog_api.database.session import db
from tests.apps import disconnect, make_app, migrate

# SQLSTATE classes and codes, and the status of the response; 500 for all others.
CLASSES = {
    "08": 503, "22": 422, "23": 409, "28": 503, "3D": 503, "3F": 503, "40": 409, "53": 503, "54": 422, "55": 503,
    "57": 503, "58": 503, "72": 503, "F0": 503, "HV": 503,
}  # fmt: skip
CODES = {
    "25006": 503, "25P03": 503, "25P04": 503, "40003": 503, "42501": 503, "42703": 503, "42704": 503, "42883": 503,
    "42P01": 503, "42P10": 503, "XX001": 503, "XX002": 503,
}  # fmt: skip
# Primary result codes of SQLite; 500 for all others.
SQLITE = {
    "ABORT": 503, "AUTH": 503, "BUSY": 503, "CANTOPEN": 503, "CONSTRAINT": 409, "CORRUPT": 503, "FULL": 503,
    "INTERRUPT": 503, "IOERR": 503, "LOCKED": 503, "MISMATCH": 409, "NOLFS": 503, "NOMEM": 503, "NOTADB": 503,
    "PERM": 503, "PROTOCOL": 503, "READONLY": 503, "SCHEMA": 503, "TOOBIG": 422,
    "ERROR": 500, "FORMAT": 500, "INTERNAL": 500, "MISUSE": 500, "NOTFOUND": 500, "RANGE": 500,
}  # fmt: skip
# The exceptions that Python's driver raises for some of them; otherwise OperationalError or DatabaseError.
SQLITE_EXCEPTIONS = {
    "CONSTRAINT": sqlite3.IntegrityError, "MISMATCH": sqlite3.IntegrityError, "TOOBIG": sqlite3.DataError,
    "MISUSE": sqlite3.InterfaceError, "RANGE": sqlite3.InterfaceError, "INTERNAL": sqlite3.InternalError,
    "NOTFOUND": sqlite3.InternalError, "CORRUPT": sqlite3.DatabaseError, "NOTADB": sqlite3.DatabaseError,
    "AUTH": sqlite3.DatabaseError, "FORMAT": sqlite3.DatabaseError,
}  # fmt: skip
EXTENDED = {
    "BUSY": "_SNAPSHOT",
    "IOERR": "_WRITE",
    "READONLY": "_DBMOVED",
    "CORRUPT": "_VTAB",
    "CONSTRAINT": "_CHECK",
}
# Exceptions without an error code.
WITHOUT_CODE = {
    "OperationalError": 503, "InterfaceError": 503, "DatabaseError": 503, "DataError": 422, "IntegrityError": 409,
    "InternalError": 500, "ProgrammingError": 500, "NotSupportedError": 500,
}  # fmt: skip


def wrap(error, driver):
    """Return the error as SQLAlchemy raises it."""
    return exc.DBAPIError.instance("SELECT 1", {}, error, driver.Error)


def status_of(error, driver=sqlite3):
    problem = problem_from(wrap(error, driver))
    assert ("Retry-After" in problem.headers) == (problem.status == 503)
    assert "secret" not in problem.detail
    return problem.status


def sqlstates():
    names = (value for name, value in vars(errorcodes).items() if name.isupper() and len(value) == 5)
    # psycopg2 has no exceptions for success and warnings.
    return {code for code in names if code[:2] not in ("00", "01") and code != "22020"}


@pytest.fixture
def raising(cluster, _postgresql_url):
    """A client of an app whose server raises the SQLSTATE in the path."""
    app = make_app(_postgresql_url)

    @app.route("/raise/<code>")
    def fail(code):
        with db.engine.connect() as connection:
            connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'secret' USING ERRCODE = '{code}'; END $$"))

    yield app.test_client()
    disconnect(app)


def test_every_sqlstate_that_the_server_raises_has_its_status(raising):
    expected = {code: CODES.get(code) or CLASSES.get(code[:2], 500) for code in sqlstates()}
    replies = {code: raising.get(f"/raise/{code}") for code in expected}
    assert {code: reply.status_code for code, reply in replies.items()} == expected
    assert len(expected) > 200
    for reply in replies.values():
        assert reply.content_type == "application/problem+json"
        assert "secret" not in reply.text
        assert reply.headers.get("Retry-After", "").isdigit() == (reply.status_code == 503)


@pytest.mark.parametrize("name", SQLITE)
def test_every_result_code_of_sqlite_has_its_status(name):
    for suffix in ("", EXTENDED.get(name, "")):
        error = SQLITE_EXCEPTIONS.get(name, sqlite3.OperationalError)("secret")
        error.sqlite_errorname = f"SQLITE_{name}{suffix}"
        assert status_of(error) == SQLITE[name]


@pytest.mark.parametrize("driver", [sqlite3, psycopg2], ids=["sqlite3", "psycopg2"])
@pytest.mark.parametrize("name", WITHOUT_CODE)
def test_every_exception_without_a_code_has_its_status(driver, name):
    assert status_of(getattr(driver, name)("secret"), driver) == WITHOUT_CODE[name]


def test_psycopg2_has_no_other_exceptions():
    kinds = {errors.lookup(code).__mro__[1].__name__ for code in sqlstates()}
    assert kinds <= WITHOUT_CODE.keys() | {"QueryCanceledError", "TransactionRollbackError"}


def overwrite(path):
    for file in path.parent.iterdir():
        file.unlink()
    path.write_bytes(b"no database" * 1000)


def replace_by_folder(path):
    for file in path.parent.iterdir():
        file.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [overwrite, replace_by_folder])
def test_a_damaged_sqlite_file_is_503_and_logged_as_an_error(tmp_path, damage, caplog):
    path = tmp_path / "blog.db"
    app = make_app(migrate(f"sqlite:///{path}"))
    damage(path)
    logging.getLogger("blog_api").addHandler(caplog.handler)
    reply = app.test_client().get("/api/v1/posts")
    logging.getLogger("blog_api").removeHandler(caplog.handler)
    disconnect(app)
    assert (reply.status_code, '"/problems/unavailable"' in reply.text) == (503, True)
    assert [record.levelno for record in caplog.records if record.message == "unavailable"] == [logging.ERROR]
