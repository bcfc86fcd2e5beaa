"""Database faults."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from config import PROJECT
from faults.limits import Limit
from faults.stage import Fault, FaultsError, Stage
from tests.next_release import next_release
from tests.postgres import frozen

# Every kind of online migration step.
NEXT_UP = """
online.add_column("posts", sa.Column("next", sa.Integer, server_default="0", nullable=False))
online.fill("posts", "UPDATE posts SET next = length(content) WHERE id BETWEEN :low AND :high")
online.create_index("ix_posts_next", "posts", ["next", sa.text("id DESC")])
online.add_check("ck_posts_next", "posts", "next >= 0")
"""
NEXT_DOWN = """
with op.batch_alter_table("posts") as table:
    table.drop_column("next")
"""


def restart(mode: str) -> Fault:
    """Return a fault that restarts the server, like `pg_ctl restart -m MODE`."""

    def fault(stage: Stage) -> Sequence[Limit]:
        stage.postgresql.stop(mode)
        stage.postgresql.start()
        return ()

    return fault


def stop(stage: Stage) -> Sequence[Limit]:
    """Stop the server for 5 seconds."""
    stage.postgresql.stop("fast")
    time.sleep(min(5, stage.seconds))
    stage.postgresql.start()
    return ()


def terminate(stage: Stage) -> Sequence[Limit]:
    """Terminate the connections of the service repeatedly."""
    with stage.postgresql.cursor("postgres") as cursor:
        for _ in range(round(stage.seconds / 0.5)):
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'faults'")
            time.sleep(0.5)
    return ()


def freeze(stage: Stage) -> Sequence[Limit]:
    """Freeze the server for 8 seconds: it accepts connections, but does not respond."""
    with frozen(stage.postgresql.url):
        time.sleep(min(8, stage.seconds))
    return ()


def lock(stage: Stage) -> Sequence[Limit]:
    """Lock the posts table, so that all queries time out."""
    with stage.postgresql.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE posts IN ACCESS EXCLUSIVE MODE")
        time.sleep(stage.seconds)
        cursor.execute("COMMIT")
    return ()


def migrate(stage: Stage) -> Sequence[Limit]:
    """Apply and revert a migration of the posts table."""
    directory = next_release(stage.folder, NEXT_UP, NEXT_DOWN)
    _flask_db(stage, "upgrade", "--directory", directory)
    _flask_db(stage, "downgrade", "--directory", directory)
    return ()


def fall_behind(stage: Stage) -> Sequence[Limit]:
    """Revert the latest migration under the running service, and apply it again."""
    _flask_db(stage, "downgrade")
    _flask_db(stage, "upgrade")
    return ()


def _flask_db(stage: Stage, *arguments: str) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", *arguments]
    environment = {**os.environ, **stage.settings, "DATABASE_URL": stage.database_url}
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode:
        raise FaultsError(f"flask db {' '.join(arguments)} failed: {done.stderr}")


def fill_disk(stage: Stage) -> Sequence[Limit]:
    """Fill the disk of the server, and free it again. Restart the server if it has stopped."""
    ballast = stage.postgresql.data / "ballast"
    _write_until_full(ballast)
    try:
        time.sleep(stage.seconds)
    finally:
        ballast.unlink()
    stage.postgresql.restart_if_stopped()
    return ()


def _write_until_full(path: Path) -> None:
    megabyte = bytes(2**20)
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(megabyte):
                pass
        except OSError:
            return
