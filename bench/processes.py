"""CPU time and memory of processes, from /proc on Linux."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Sequence
from pathlib import Path

IDLE_MS = 10
SECONDS_TO_IDLE = 60
TICKS = os.sysconf("SC_CLK_TCK")


def process_tree(root: int) -> list[int]:
    """Return the PIDs of a process and its running descendants."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        # The process may exit in the meantime.
        with contextlib.suppress(OSError):
            children.setdefault(parent_of(int(folder.name)), []).append(int(folder.name))
    found, rest = [], [root]
    while rest:
        found.append(rest.pop())
        rest += children.get(found[-1], [])
    return found


def parent_of(pid: int) -> int:
    """Return the PID of the parent. Raises OSError if there is no such process."""
    return int(_stat(pid)[1])


def cpu_ms(root: int) -> float:
    """Return the CPU milliseconds (user and system) of a process and its descendants, including exited ones."""
    ticks = 0
    for pid in process_tree(root):
        with contextlib.suppress(OSError):
            # utime, stime, and the same of exited children.
            ticks += sum(int(field) for field in _stat(pid)[11:15])
    return ticks * 1000 / TICKS


def precise_cpu_ms(pid: int) -> float:
    """Return the CPU time of the running threads of a process in milliseconds, with microsecond precision."""
    nanoseconds = 0
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            nanoseconds += int(path.read_text(encoding="ascii").split()[0])
    return nanoseconds / 1_000_000


def wait_until_idle(roots: Sequence[int]) -> None:
    """Wait until the processes and their descendants are idle, but at most a minute."""
    deadline = time.monotonic() + SECONDS_TO_IDLE
    now = sum(map(cpu_ms, roots))
    last = -math.inf
    while now - last > IDLE_MS and time.monotonic() < deadline:
        time.sleep(0.1)
        last, now = now, sum(map(cpu_ms, roots))


def pss_mb(pid: int) -> float:
    """Return the proportional set size of a process in megabytes."""
    return _rollup_mb(pid, "Pss:")


def pss_anonymous_mb(pid: int) -> float:
    """Return its anonymous part, without mapped files, whose share depends on other processes that map them."""
    return _rollup_mb(pid, "Pss_Anon:")


def peak_mb(pid: int) -> float:
    """Return the largest resident set size of a process so far in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    peaks = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(next(peaks).split()[1]) / 1024


def _rollup_mb(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"the kernel does not report {field.rstrip(':')} for process {pid}")


def _stat(pid: int) -> list[str]:
    # The program name is in parentheses, and can contain spaces and parentheses.
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
