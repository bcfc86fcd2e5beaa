"""The figures of all processes, which the library keeps in files; those of a process that has ended go on counting."""

from __future__ import annotations

import contextlib
import fcntl
import logging
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

log = logging.getLogger(__name__)


class Exposition:
    """The text for Prometheus: of all processes that share a folder, or of this one."""

    def __init__(self, registry: CollectorRegistry, folder: Path | None) -> None:
        self._registry, self._folder = registry, folder

    def render(self) -> bytes:
        """The figures as they stand."""
        if self._folder is None:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        with _alone_in(self._folder):
            MultiProcessCollector(registry, path=str(self._folder))  # type: ignore[no-untyped-call]
            return generate_latest(registry)

    def bury(self, pid: int) -> None:
        """Add what a dead process has counted to the counts of all dead, so that no total falls and no file stays."""
        if self._folder is None:
            return
        with _alone_in(self._folder):
            mark_process_dead(pid, path=str(self._folder))  # type: ignore[no-untyped-call]
            for path in self._folder.glob(f"*_{pid}.db"):
                # It may have died while it wrote; the master must outlive that.
                with contextlib.suppress(OSError, RuntimeError, ValueError):
                    _add(path, path.with_name(path.name.replace(f"_{pid}.db", "_dead.db")))
                path.unlink()


def _add(path: Path, total: Path) -> None:
    figures = MmapedDict(str(total))  # type: ignore[no-untyped-call]
    with contextlib.closing(figures):
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):  # type: ignore[no-untyped-call]
            before, _ = figures.read_value(key)  # type: ignore[no-untyped-call]
            figures.write_value(key, before + value, 0.0)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """While figures move from one file to another, nobody may read them twice."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
