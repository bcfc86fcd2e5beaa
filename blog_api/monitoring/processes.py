"""CPU time, memory and open files of each process, for Prometheus."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from prometheus_client import Metric, ProcessCollector
from prometheus_client.registry import Collector

SUFFIX = ".pid"


class ProcessesCollector(Collector):
    """Report all processes that share a metrics folder, and their master. Without a folder, report this process.

    prometheus_client reports one process: without this, each scrape would show the worker that happens to answer.
    The label `process` is the slot of a worker, so that a new worker continues the series of the old one.
    """

    def __init__(self, folder: str | None) -> None:
        """Report the processes that `register` recorded in the folder."""
        self._folder = Path(folder) if folder else None

    def collect(self) -> Iterator[Metric]:
        """Yield a metric for each family, with a sample for each process."""
        families: dict[str, Metric] = {}
        for name, pid in self._processes():
            for family in ProcessCollector(pid=partial(int, pid), registry=None).collect():
                labelled = families.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                for sample in family.samples:
                    labelled.add_sample(sample.name, {"process": name}, sample.value)
        yield from families.values()

    def _processes(self) -> Iterable[tuple[str, int]]:
        if self._folder is None:
            return [("service", os.getpid())]
        # A worker that ends meanwhile has no samples.
        workers = [(path.stem, int(path.read_text())) for path in sorted(self._folder.glob(f"*{SUFFIX}"))]
        return [("master", os.getppid()), *workers]


def register(name: str, folder: str | None) -> None:
    """Record the id of this process under a name."""
    if folder is not None:
        # Write a file with another name first, so that no reader sees a partial file.
        unfinished = Path(folder, name)
        unfinished.write_text(str(os.getpid()))
        unfinished.rename(unfinished.with_suffix(SUFFIX))


def unregister(name: str, folder: str | None) -> None:
    """Remove the record of the process with this name."""
    if folder is not None:
        Path(folder, name).with_suffix(SUFFIX).unlink(missing_ok=True)
