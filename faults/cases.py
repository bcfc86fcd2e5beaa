"""The cases: what happens to the service or its database while the load goes on."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from faults.bars import Bar
from faults.stage import Stage, wait_until

# A fault returns when it is over, with what else it has measured.
Fault = Callable[[Stage], Sequence[Bar]]


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table, and what clients may notice of its fault."""

    name: str
    title: str
    fault: Fault
    # Done before the load begins.
    prepare: Callable[[Stage], None] = lambda stage: None
    settings: Mapping[str, str] = field(default_factory=dict)
    database: str = "postgresql"
    rate: int = 200
    small_disk: bool = False
    # Nobody may notice anything.
    seamless: bool = False
    # Connections may break, because a process that held some was killed.
    breaks: bool = False
    # For a while nobody listens.
    closes: bool = False
    # The answer to a COMMIT may be cut off.
    cuts: bool = False


def calm(stage: Stage) -> Sequence[Bar]:
    time.sleep(stage.seconds)
    return ()


def restart(mode: str) -> Fault:
    def fault(stage: Stage) -> Sequence[Bar]:
        stage.postgresql.stop(mode)
        stage.postgresql.start()
        return ()

    return fault


def stop(stage: Stage) -> Sequence[Bar]:
    stage.postgresql.stop("fast")
    time.sleep(min(5, stage.seconds))
    stage.postgresql.start()
    return ()


def terminate(stage: Stage) -> Sequence[Bar]:
    with stage.postgresql.connected("postgres") as cursor:
        for _ in range(round(stage.seconds / 0.5)):
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'faults'")
            time.sleep(0.5)
    return ()


def freeze(stage: Stage) -> Sequence[Bar]:
    with stage.postgresql.frozen():
        time.sleep(min(8, stage.seconds))
    return ()


def kill_worker(stage: Stage) -> Sequence[Bar]:
    for _ in range(max(1, round(stage.seconds / 3))):
        before = stage.workers
        os.kill(random.choice(before), signal.SIGKILL)
        wait_until(lambda: len(set(stage.workers)) == len(before), "a new worker")  # noqa: B023
        time.sleep(3)
    return ()


CASES = [
    Case("calm", "nothing, to compare with", calm, seamless=True),
    Case("restart", "the database is restarted (fast)", restart("fast"), cuts=True),
    Case("crash", "the database is restarted (immediate)", restart("immediate"), cuts=True),
    Case("stop", "the database is stopped for 5 s", stop, cuts=True),
    Case("terminate", "all its backends are terminated every half second", terminate, cuts=True),
    Case("freeze", "the database is frozen for 8 s", freeze, cuts=True),
    Case("kill", "a worker is killed (kill -9) every 3 s", kill_worker, breaks=True),
]
