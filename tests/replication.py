"""A real streaming replica, created with pg_basebackup."""

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
    """Run a temporary hot standby of the server at `primary`, and yield its URL."""
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
    """Execute SQL on the server at `url`, and return the rows."""
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
    """Wait until the replica has replayed all WAL that the primary has written so far."""
    # The insert position: with synchronous_commit off, committed WAL may not be written yet.
    position = run_sql(primary, "SELECT pg_current_wal_insert_lsn()")[0][0]
    deadline = time.monotonic() + SECONDS_TO_CATCH_UP
    while not run_sql(replica, f"SELECT pg_last_wal_replay_lsn() >= '{position}'::pg_lsn")[0][0]:
        if time.monotonic() > deadline:
            raise RuntimeError("the replica does not catch up")
        time.sleep(0.02)
