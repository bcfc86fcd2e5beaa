"""What Prometheus is told: requests, refusals, pools, breakers, kept replies. Names and numbers, nothing private."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from blog_api.monitoring.metric_files import Exposition

SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
# The library keeps the figures of each process in this folder, if there is one when it is imported.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"

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


def init_app(app: Flask) -> None:
    """Expose the metrics, if anybody may ask for them."""
    if not are_on(app):
        return
    folder = os.environ.get(FOLDER)
    app.extensions["metrics"] = Exposition(REGISTRY, Path(folder) if folder else None)
