"""Parse /metrics."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

TOKEN = "a token for Prometheus".replace(" ", "-")
SENT = {"Authorization": f"Bearer {TOKEN}"}


def read(text):
    """Return the values by name and labels."""
    families = text_string_to_metric_families(text)
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for one in families
        for sample in one.samples
    }


def requests_to(route, status, method="GET"):
    return ("blog_requests_total", ("method", method), ("route", route), ("status", str(status)))
