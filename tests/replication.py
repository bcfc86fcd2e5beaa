"""A real streaming replica for the tests, made by pg_basebackup of a server of theirs."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from sqlalchemy import make_url

from tests.postgres import FAST, find_binaries, runnable, serve, server_folder
from tests.tools import skip_or_fail

SECONDS_TO_CATCH_UP = 20


@contextmanager
def streaming_replica(primary: str) -> Iterator[str]:
    """The address of a hot standby of the server at `primary`, with the same databases. It is gone afterwards."""
    with server_folder() as (folder, account):
        binaries = runnable(find_binaries(), folder, account)
        if not (binaries / "pg_basebackup").exists():
            skip_or_fail("this PostgreSQL has no pg_basebackup")
        url = make_url(primary)
        command: list[str | Path] = [
            binaries / "pg_basebackup", "--pgdata", folder / "data", "--write-recovery-conf", "--checkpoint=fast",
            "--no-sync", "--host", url.host or "", "--port", str(url.port), "--username", "postgres",
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, cwd="/", **account.options)
        with serve(binaries, folder, account, FAST) as replica:
            server = make_url(replica).set(database=url.database)
            yield server.render_as_string(hide_password=False)


def run_sql(url: str, sql: str) -> list[tuple[object, ...]]:
    """The rows that the server at `url` answers."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg2.connect(dsn)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def wait_for_replica(primary: str, replica: str) -> None:
    """Return once the replica has all that the primary had written when this was called."""
    # Inserted, and perhaps not written yet, for nothing here waits for a disk.
    position = run_sql(primary, "SELECT pg_current_wal_insert_lsn()")[0][0]
    deadline = time.monotonic() + SECONDS_TO_CATCH_UP
    while not run_sql(replica, f"SELECT pg_last_wal_replay_lsn() >= '{position}'::pg_lsn")[0][0]:
        if time.monotonic() > deadline:
            raise RuntimeError("the replica does not catch up")
        time.sleep(0.02)
