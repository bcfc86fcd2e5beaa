"""Metrics for Prometheus: requests, rejections, pools, circuit breakers, cache hits. They contain no personal data.

In multiprocess mode prometheus_client adds up the files that each worker writes to PROMETHEUS_MULTIPROC_DIR. By default
it names them by process id, so that files of ended workers pile up. Here they are named by the worker's slot. A new
worker takes over the slot and continues the files, so that totals never decrease.
"""

from __future__ import annotations

import os

from flask import Flask
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from blog_api.monitoring import processes
from blog_api.monitoring.processes import ProcessesCollector

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
# If this variable is set on import, prometheus_client writes the metrics of each process to that folder.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"


class _Process:
    name = ""

    def identify(self) -> str:
        """Return the identifier in the names of the metric files."""
        return self.name or str(os.getpid())


_process = _Process()
if FOLDER in os.environ:
    # Before the first metric is created.
    values.ValueClass = values.MultiProcessValue(_process.identify)  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
REQUESTS = Counter("blog_requests", "Requests answered", ["method", "route", "status"], registry=REGISTRY)
REQUEST_SECONDS = Histogram(
    "blog_request_seconds", "Time to answer", ["method", "route"], registry=REGISTRY, buckets=SECONDS
)
REJECTIONS = Counter(
    "blog_refusals",
    "Failed logins, denied requests and exceeded limits, by audit event",
    ["event"],
    registry=REGISTRY,
)
RESPONSE_CACHE_HITS = Counter("blog_kept_replies_hits", "Responses served from the cache", registry=REGISTRY)
POOL_SECONDS = Histogram(
    "blog_pool_wait_seconds", "Time to get a connection", registry=REGISTRY, buckets=SECONDS
)
POOL = Gauge(
    "blog_pool_connections",
    "Connections of all processes: in use, open, and overflow",
    ["pool", "state"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
POOL_SIZE = Gauge(
    "blog_pool_size",
    "Pool size of each process",
    ["pool"],
    registry=REGISTRY,
    multiprocess_mode="livemax",
)
BREAKERS = Gauge(
    "blog_breaker_open",
    "Processes with an open circuit breaker",
    ["name"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)


def is_enabled(app: Flask) -> bool:
    """Return whether metrics are enabled."""
    return bool(app.config["METRICS_TOKEN"] or app.config["METRICS_BIND"])


def _slot_name(slot: int) -> str:
    return f"worker{slot}"


class Exposition:
    """Metrics in the text format of Prometheus, of this process or of all that share a folder."""

    def __init__(self, registry: CollectorRegistry, folder: str | None) -> None:
        self._registry, self._folder = registry, folder
        self._processes = ProcessesCollector(folder)

    def render(self) -> bytes:
        """Return the current metrics."""
        registry = self._registry
        if self._folder is not None:
            registry = CollectorRegistry()
            MultiProcessCollector(registry, path=self._folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry) + generate_latest(self._processes)

    def use_slot(self, slot: int) -> None:
        """Continue the files of this slot, which no other running process may use."""
        _process.name = _slot_name(slot)
        processes.register(_process.name, self._folder)

    def free_slot(self, slot: int) -> None:
        """Remove the gauges of the worker that had this slot. The next worker continues its counters."""
        processes.unregister(_slot_name(slot), self._folder)
        if self._folder is not None:
            mark_process_dead(_slot_name(slot), path=self._folder)  # type: ignore[no-untyped-call]


def init_app(app: Flask) -> None:
    """Expose the metrics, if enabled."""
    if is_enabled(app):
        app.extensions["metrics"] = Exposition(REGISTRY, os.environ.get(FOLDER))
