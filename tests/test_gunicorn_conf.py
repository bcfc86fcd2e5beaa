"""Tests of the hooks in gunicorn.conf.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import PROJECT, SETTINGS

# Like gunicorn: load the app, call the hook, fork a worker, and run a full garbage collection there.
WORKER = """
import gc, os, runpy
from pathlib import Path

def own_kilobytes():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))

configuration = runpy.run_path("gunicorn.conf.py")
import wsgi
configuration["when_ready"](None)
if not os.fork():
    before = own_kilobytes()
    gc.collect()
    print(own_kilobytes() - before, flush=True)
    os._exit(0)
os.wait()
"""


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the kernel does not tell")
def test_garbage_collection_in_a_worker_does_not_copy_shared_memory():
    environment = {**os.environ, **dict.fromkeys(SETTINGS, ""), "APP_ENV": "testing"}
    done = subprocess.run(
        [sys.executable, "-c", WORKER],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout.split()[-1]) < 4096
