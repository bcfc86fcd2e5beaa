"""Faults of the service, and planned restarts."""

from __future__ import annotations

import os
import random
import signal
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from bench.processes import parent_of, process_tree
from faults.environment import Environment, wait_until
from faults.limits import Limit


def no_fault(env: Environment) -> Sequence[Limit]:
    """Only wait."""
    time.sleep(env.seconds)
    return ()


def kill_worker(env: Environment) -> Sequence[Limit]:
    """Kill a worker every 3 seconds."""
    for _ in range(max(1, round(env.seconds / 3))):
        before = env.workers
        os.kill(random.choice(before), signal.SIGKILL)
        _wait_for_workers(env, len(before))
        time.sleep(3)
    return ()


def reload(env: Environment) -> Sequence[Limit]:
    """Replace all workers with SIGHUP, every 3 seconds."""
    for _ in range(max(1, round(env.seconds / 3))):
        before = env.workers
        env.service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: not set(before) & set(env.workers), "the end of the old workers")  # noqa: B023
        _wait_for_workers(env, len(before))
        time.sleep(3)
    return ()


def replace(env: Environment) -> Sequence[Limit]:
    """Stop the service with SIGTERM, and start a new one on the same port."""
    env.service.process.send_signal(signal.SIGTERM)
    env.service.process.wait(40)
    env.launch(PORT=str(urlsplit(env.service.url).port))
    return ()


def behind_socket(env: Environment) -> None:
    """Start the service on an inherited socket, as systemd does."""
    env.listener = env.stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=2048))
    env.launch()


def upgrade(env: Environment) -> Sequence[Limit]:
    """Start a new master on the same socket with SIGUSR2, then stop the old one with SIGTERM."""
    old, before = env.service.process, set(env.workers)
    old.send_signal(signal.SIGUSR2)
    wait_until(lambda: len(process_tree(old.pid)) == 2 * len(before) + 2, "the new service")
    [new] = [pid for pid in set(env.workers) - before if parent_of(pid) == old.pid]
    env.stack.callback(os.kill, new, signal.SIGTERM)
    time.sleep(1)
    old.send_signal(signal.SIGTERM)
    old.wait(40)
    return ()


def break_store(env: Environment) -> Sequence[Limit]:
    """Replace the folder of the pictures by a file, so that none can be stored. No other request may fail."""
    folder = Path(env.settings["MEDIA_STORE"])
    away = folder.with_name("away")
    folder.mkdir(exist_ok=True)
    folder.rename(away)
    folder.touch()
    time.sleep(env.seconds)
    folder.unlink()
    away.rename(folder)
    failed = [one for one in env.load.outcomes if not (one.is_good or one.request.is_upload)]
    return [Limit("other requests that failed", len(failed))]


def _wait_for_workers(env: Environment, count: int) -> None:
    wait_until(lambda: len(env.workers) == count, f"{count} workers")
