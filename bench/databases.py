"""The database of a run: a new PostgreSQL cluster with production settings, or an SQLite file."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from sqlalchemy import make_url

from bench.processes import parent_of
from tests.postgres import create_database, throwaway_cluster

# Otherwise the defaults of PostgreSQL, as in production: commits wait for the disk.
POSTGRESQL = {"shared_buffers": "256MB"}


@dataclass(frozen=True, slots=True)
class Database:
    """The URL, name and version of a database, and the PID of the postmaster."""

    url: str
    version: str
    pid: int | None = None


@contextlib.contextmanager
def open_database(kind: str, folder: Path, url: str | None = None) -> Iterator[Database]:
    """Create a temporary database of this kind ("postgresql" or "sqlite").

    With `url`, use a PostgreSQL database on this machine instead, and keep it.
    """
    if kind == "sqlite":
        yield Database(f"sqlite:///{folder / 'bench.db'}", f"SQLite {sqlite3.sqlite_version}")
    elif url:
        yield _describe(url)
    else:
        with throwaway_cluster(POSTGRESQL) as server:
            yield _describe(create_database(server, "bench"))


def _describe(url: str) -> Database:
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with contextlib.closing(psycopg2.connect(dsn)) as connection:
        version = str(connection.info.parameter_status("server_version")).split()[0]
        pid = parent_of(connection.info.backend_pid)
    return Database(url, f"PostgreSQL {version}", pid)
