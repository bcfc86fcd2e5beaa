"""Metrics for Prometheus: requests, refusals, pools, breakers, kept replies. Names and numbers, nothing private.

With several workers prometheus_client adds up files in PROMETHEUS_MULTIPROC_DIR (its multiprocess mode). It names them
by process id, and one is left behind by each worker that ends. Here they are named by the worker's slot, which the
next worker takes over: it continues the files of its predecessor, so that no total falls and no file is left behind.
"""

from __future__ import annotations

import os

from flask import Flask
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
# The library writes the metrics of each process to this folder, if it is set on import.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"


class _Process:
    name = ""

    def identify(self) -> str:
        """Return what names the metric files of this process."""
        return self.name or str(os.getpid())


_process = _Process()
if FOLDER in os.environ:
    # Before the first metric is created.
    values.ValueClass = values.MultiProcessValue(_process.identify)  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "blog_requests", "Requests that were answered", ["method", "route", "status"], registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "blog_request_seconds", "Time to answer", ["method", "route"], registry=REGISTRY, buckets=SECONDS
)
REFUSALS = Counter(
    "blog_refusals",
    "Failed logins, denials and limits, as the audit calls them",
    ["event"],
    registry=REGISTRY,
)
KEPT_REPLIES = Counter("blog_kept_replies_hits", "Kept replies that were sent again", registry=REGISTRY)
POOL_SECONDS = Histogram(
    "blog_pool_wait_seconds", "Time to get a connection", registry=REGISTRY, buckets=SECONDS
)
POOL = Gauge(
    "blog_pool_connections",
    "Connections of all processes: in use, open, and opened on top of those that are kept",
    ["pool", "state"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
POOL_SIZE = Gauge(
    "blog_pool_size",
    "Connections that each process keeps",
    ["pool"],
    registry=REGISTRY,
    multiprocess_mode="livemax",
)
BREAKERS = Gauge(
    "blog_breaker_open",
    "Processes that leave it alone",
    ["name"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)


def are_on(app: Flask) -> bool:
    """Whether anybody may ask for the metrics of this app."""
    return bool(app.config["METRICS_TOKEN"] or app.config["METRICS_BIND"])


def _slot_name(slot: int) -> str:
    return f"worker{slot}"


class Exposition:
    """The text for Prometheus: of all processes that share a folder, or of this one."""

    def __init__(self, registry: CollectorRegistry, folder: str | None) -> None:
        self._registry, self._folder = registry, folder

    def render(self) -> bytes:
        """Return the current metrics."""
        if self._folder is None:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=self._folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    def use_slot(self, slot: int) -> None:
        """Continue the files of this slot. No other running process may have it."""
        _process.name = _slot_name(slot)

    def free_slot(self, slot: int) -> None:
        """Remove the gauges of the worker that had this slot; its counts stay for the next one."""
        if self._folder is not None:
            mark_process_dead(_slot_name(slot), path=self._folder)  # type: ignore[no-untyped-call]


def init_app(app: Flask) -> None:
    """Expose the metrics, if anybody may ask for them."""
    if are_on(app):
        app.extensions["metrics"] = Exposition(REGISTRY, os.environ.get(FOLDER))
