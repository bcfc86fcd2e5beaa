"""What processes have cost so far, from Linux's /proc."""

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
    """The process and all its living descendants."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        # It may end while it is looked at.
        with contextlib.suppress(OSError):
            children.setdefault(parent_of(int(folder.name)), []).append(int(folder.name))
    found, rest = [], [root]
    while rest:
        found.append(rest.pop())
        rest += children.get(found[-1], [])
    return found


def parent_of(pid: int) -> int:
    """The process that started this one. Raises OSError where there is none."""
    return int(_stat(pid)[1])


def cpu_ms(root: int) -> float:
    """Milliseconds of CPU, user and system, of the process and its descendants, also of those that have ended."""
    ticks = 0
    for pid in process_tree(root):
        with contextlib.suppress(OSError):
            # utime, stime, and the same of children that ended and were waited for.
            ticks += sum(int(field) for field in _stat(pid)[11:15])
    return ticks * 1000 / TICKS


def precise_cpu_ms(pid: int) -> float:
    """Milliseconds of CPU that the living threads of one process have had, to the microsecond."""
    nanoseconds = 0
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            nanoseconds += int(path.read_text(encoding="ascii").split()[0])
    return nanoseconds / 1_000_000


def wait_until_idle(roots: Sequence[int]) -> None:
    """Return when the processes and their descendants hardly use the CPU any more; after a minute in any case."""
    deadline = time.monotonic() + SECONDS_TO_IDLE
    now = sum(map(cpu_ms, roots))
    last = -math.inf
    while now - last > IDLE_MS and time.monotonic() < deadline:
        time.sleep(0.1)
        last, now = now, sum(map(cpu_ms, roots))


def pss_mb(pid: int) -> float:
    """Megabytes of memory of one process; what it shares counts by its part (proportional set size)."""
    return _rollup_mb(pid, "Pss:")


def pss_anonymous_mb(pid: int) -> float:
    """The same without its programs and libraries, whose part changes with who else on the machine has them loaded."""
    return _rollup_mb(pid, "Pss_Anon:")


def _rollup_mb(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"the kernel does not tell the {field.rstrip(':')} of process {pid}")


def _stat(pid: int) -> list[str]:
    # The name of the program stands in parentheses, and may hold spaces and parentheses itself.
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
