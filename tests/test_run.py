"""`make run` starts the service and the worker, and ends both."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from config import PROJECT, SETTINGS
from tests.http import ask
from tests.service import launch_with_worker, log_in, post
from tests.waiting import wait_until


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid):
    return Path(f"/proc/{pid}/cmdline").is_file()


def follow(url, cursor):
    return ask(url, "GET", f"/api/v1/changes?cursor={cursor}").json


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="/proc is missing")
@pytest.mark.parametrize(
    ("database_url", "number"),
    [("sqlite", signal.SIGTERM), ("postgresql", signal.SIGINT)],
    indirect=["database_url"],
)
def test_both_run_until_a_signal(empty_url, number):
    if empty_url.startswith("sqlite"):
        # As on a new machine.
        Path(str(make_url(empty_url).database)).unlink()
    with launch_with_worker(empty_url, MIGRATE_ON_START="true", WEB_CONCURRENCY="1") as service:
        started = children(service.process.pid)
        assert len(started) == 2
        token = log_in(service.url)
        cursor = ask(service.url, "GET", "/api/v1/changes").json["pagination"]["next_cursor"]
        ask(service.url, "POST", "/api/v1/posts", post(), token=token)
        wait_until(lambda: len(follow(service.url, cursor)["data"]) == 2)
        service.process.send_signal(number)
        assert service.process.wait(40) == 0, service.read_output()
        assert not [pid for pid in started if is_running(pid)]
        output = service.read_output()
        assert "Traceback" not in output
        assert "the database is not responding" not in output


def test_the_worker_ends_with_a_service_that_cannot_start(tmp_path):
    environment = {
        **os.environ,
        **dict.fromkeys(SETTINGS, ""),
        "DATABASE_URL": "oracle://x",
        "WEB_CONCURRENCY": "1",
    }
    done = subprocess.run(
        ["sh", "deploy/run.sh", sys.executable], cwd=PROJECT, env=environment, capture_output=True, timeout=60
    )
    assert done.returncode != 0
    assert b"DATABASE_URL" in done.stderr
