"""Measure the database alone: replay the SQL statements of a case with pgbench."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, make_url

from bench.load import CONNECTIONS, THREADS, BenchError, Load, Plan
from bench.sides import BENCH_SETTINGS
from blog_api import create_app
from blog_api.database.session import db
from tests.postgres import find_binaries

MAX_SCRIPTS = 50


def record(database_url: str, plan: Plan) -> list[list[str]]:
    """Return the SQL statements of the first requests of `plan`, with their parameters filled in."""
    app = create_app({**BENCH_SETTINGS, "DATABASE_URL": database_url, "LOG_LEVEL": "CRITICAL"})
    heard: list[str] = []

    def note(_connection: object, cursor: Any, statement: str, parameters: Any, *_rest: object) -> None:
        heard.append(cursor.mogrify(statement, parameters).decode())

    event.listen(Engine, "before_cursor_execute", note)
    scripts = []
    try:
        client = app.test_client()
        for number in range(min(MAX_SCRIPTS, len(plan.targets))):
            heard.clear()
            target, _ = plan.request(number)
            reply = client.get(target, headers=dict(plan.headers))
            if reply.status_code != plan.expected:
                raise BenchError(f"{target} returned {reply.status}: {reply.text}")
            scripts.append(list(heard))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
        with app.app_context():
            db.engine.dispose()
    return scripts


def write_scripts(scripts: Sequence[Sequence[str]], folder: Path) -> list[Path]:
    """Write a pgbench script for each request to the new `folder`. Return their paths."""
    folder.mkdir()
    paths = []
    for number, statements in enumerate(scripts):
        paths.append(folder / f"{number}.sql")
        paths[-1].write_text("".join(f"{statement};\n" for statement in statements), encoding="utf-8")
    return paths


def run_pgbench(database_url: str, paths: Sequence[Path], seconds: int) -> Load:
    """Run randomly chosen scripts over as many connections as wrk uses. Raises BenchError."""
    url = make_url(database_url)
    command = [
        str(find_binaries() / "pgbench"),
        "--no-vacuum",
        f"--client={CONNECTIONS}",
        f"--jobs={THREADS}",
    ]
    command += [f"--time={seconds}", f"--host={url.host}", f"--port={url.port}"]
    command += [f"--username={url.username}", *(f"--file={path}" for path in paths), str(url.database)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 60)
    processed = re.search(r"transactions actually processed: ([0-9]+)", done.stdout)
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    if done.returncode or not processed or not rate:
        raise BenchError(f"pgbench failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return Load(int(processed[1]), float(rate[1]))
