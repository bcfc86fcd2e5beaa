"""Database faults."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from config import PROJECT
from faults.environment import Environment, Fault, FaultsError
from faults.limits import Limit
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

    def fault(env: Environment) -> Sequence[Limit]:
        env.postgresql.stop(mode)
        env.postgresql.start()
        return ()

    return fault


def stop(env: Environment) -> Sequence[Limit]:
    """Stop the server for 5 seconds."""
    env.postgresql.stop("fast")
    time.sleep(min(5, env.seconds))
    env.postgresql.start()
    return ()


def terminate(env: Environment) -> Sequence[Limit]:
    """Terminate the connections of the service repeatedly."""
    with env.postgresql.cursor("postgres") as cursor:
        for _ in range(round(env.seconds / 0.5)):
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'faults'")
            time.sleep(0.5)
    return ()


def freeze(env: Environment) -> Sequence[Limit]:
    """Freeze the server for 8 seconds: it accepts connections, but does not respond."""
    with frozen(env.postgresql.url):
        time.sleep(min(8, env.seconds))
    return ()


def lock(env: Environment) -> Sequence[Limit]:
    """Lock the posts table, so that all queries time out."""
    with env.postgresql.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE posts IN ACCESS EXCLUSIVE MODE")
        time.sleep(env.seconds)
        cursor.execute("COMMIT")
    return ()


def migrate(env: Environment) -> Sequence[Limit]:
    """Apply and revert a migration of the posts table."""
    directory = next_release(env.folder, NEXT_UP, NEXT_DOWN)
    _flask_db(env, "upgrade", "--directory", directory)
    _flask_db(env, "downgrade", "--yes", "--directory", directory)
    return ()


def fall_behind(env: Environment) -> Sequence[Limit]:
    """Revert the latest migration under the running service, and apply it again."""
    _flask_db(env, "downgrade", "--yes")
    _flask_db(env, "upgrade")
    return ()


def _flask_db(env: Environment, *arguments: str) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", *arguments]
    environment = {**os.environ, **env.settings, "DATABASE_URL": env.database_url}
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode:
        raise FaultsError(f"flask db {' '.join(arguments)} failed: {done.stderr}")


def fill_disk(env: Environment) -> Sequence[Limit]:
    """Fill the disk of the server, and free it again. Restart the server if it has stopped."""
    ballast = env.postgresql.data / "ballast"
    _write_until_full(ballast)
    try:
        time.sleep(env.seconds)
    finally:
        ballast.unlink()
    env.postgresql.restart_if_stopped()
    return ()


def _write_until_full(path: Path) -> None:
    megabyte = bytes(2**20)
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(megabyte):
                pass
        except OSError:
            return
