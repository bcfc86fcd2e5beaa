"""Faults of the service, and planned restarts."""

from __future__ import annotations

import os
import random
import signal
import socket
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from bench.processes import parent_of, process_tree
from faults.limits import Limit
from faults.stage import Stage, wait_until


def no_fault(stage: Stage) -> Sequence[Limit]:
    """Only wait."""
    time.sleep(stage.seconds)
    return ()


def kill_worker(stage: Stage) -> Sequence[Limit]:
    """Kill a worker every 3 seconds."""
    for _ in range(max(1, round(stage.seconds / 3))):
        before = stage.workers
        os.kill(random.choice(before), signal.SIGKILL)
        _wait_for_workers(stage, len(before))
        time.sleep(3)
    return ()


def reload(stage: Stage) -> Sequence[Limit]:
    """Replace all workers with SIGHUP, every 3 seconds."""
    for _ in range(max(1, round(stage.seconds / 3))):
        before = stage.workers
        stage.service.process.send_signal(signal.SIGHUP)
        wait_until(lambda: not set(before) & set(stage.workers), "the end of the old workers")  # noqa: B023
        _wait_for_workers(stage, len(before))
        time.sleep(3)
    return ()


def replace(stage: Stage) -> Sequence[Limit]:
    """Stop the service with SIGTERM, and start a new one on the same port."""
    stage.service.process.send_signal(signal.SIGTERM)
    stage.service.process.wait(40)
    stage.launch(PORT=str(urlsplit(stage.service.url).port))
    return ()


def behind_socket(stage: Stage) -> None:
    """Start the service on an inherited socket, as systemd does."""
    stage.listener = stage.stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=2048))
    stage.launch()


def upgrade(stage: Stage) -> Sequence[Limit]:
    """Start a new master on the same socket with SIGUSR2, then stop the old one with SIGTERM."""
    old, before = stage.service.process, set(stage.workers)
    old.send_signal(signal.SIGUSR2)
    wait_until(lambda: len(process_tree(old.pid)) == 2 * len(before) + 2, "the new service")
    [new] = [pid for pid in set(stage.workers) - before if parent_of(pid) == old.pid]
    stage.stack.callback(os.kill, new, signal.SIGTERM)
    time.sleep(1)
    old.send_signal(signal.SIGTERM)
    old.wait(40)
    return ()


def _wait_for_workers(stage: Stage, count: int) -> None:
    wait_until(lambda: len(stage.workers) == count, f"{count} workers")
