"""/metrics: metrics for Prometheus, available only if METRICS_TOKEN or METRICS_BIND is set."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from wsgiref.types import WSGIEnvironment

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector

from blog_api.auth.access import public
from blog_api.auth.tokens import bearer_token
from blog_api.context import limit_deadline
from blog_api.monitoring.metrics import is_enabled
from blog_api.problems import NotFound, Unauthorized, Unavailable
from blog_api.services.backlogs import measure_backlogs

PATH = "/metrics"
# In seconds. By default, Prometheus gives up on a scrape after ten.
QUERY_TIMEOUT = 1.0
UP = ("blog_database_up", "Whether the database responded to this scrape")
OLDEST_CHANGE = (
    "blog_changes_oldest_seconds",
    "Age of the oldest change that the worker has not numbered, 0 if there is none",
)

blueprint = Blueprint("metrics", __name__)


class _ServiceCollector(Collector):
    """Report the version, whether the database responds, and what waits in it for the worker.

    All processes report the same values, so they are not summed. The timeout is short, because the other metrics
    matter most while the database is down.
    """

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("blog_build", "Version", value={"version": current_app.config["API_VERSION"]})
        try:
            with limit_deadline(QUERY_TIMEOUT):
                found = measure_backlogs()
        except Unavailable:
            yield GaugeMetricFamily(*UP, value=0)
        else:
            if found is not None:
                yield GaugeMetricFamily(*UP, value=1)
                yield GaugeMetricFamily(*OLDEST_CHANGE, value=found.oldest_change)
                yield from _backlog_families("webhook", "messages to webhooks", found.webhooks)
                yield from _backlog_families("outbox", "mail", found.mail) if found.mail else ()


def _backlog_families(name: str, what: str, backlog: dict[str, tuple[int, float]]) -> tuple[Metric, Metric]:
    messages = GaugeMetricFamily(f"blog_{name}_messages", f"Unsent {what}", labels=["state"])
    oldest = GaugeMetricFamily(
        f"blog_{name}_oldest_seconds",
        f"Age of the oldest of the unsent {what}, 0 if there are none",
        labels=["state"],
    )
    for state, (number, seconds) in backlog.items():
        messages.add_metric([state], number)
        oldest.add_metric([state], seconds)
    return messages, oldest


@blueprint.route(PATH)
@public
def show_metrics() -> Response:
    """Return the metrics in the Prometheus text format. Raises Unauthorized without the METRICS_TOKEN."""
    token = current_app.config["METRICS_TOKEN"]
    if token and not hmac.compare_digest((bearer_token() or "").encode(), token.encode()):
        raise Unauthorized("Send the METRICS_TOKEN: Authorization: Bearer <token>.")
    extensions = current_app.extensions
    text = extensions["metrics"].render() + generate_latest(extensions["service_metrics"])
    return Response(text, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def init_app(app: Flask) -> None:
    """Register the route if metrics are enabled.

    With METRICS_BIND, that listener serves only the metrics, and no other listener serves them.
    """
    if not is_enabled(app):
        return
    app.extensions["service_metrics"] = _ServiceCollector()
    app.register_blueprint(blueprint)
    if bind := app.config["METRICS_BIND"]:
        port = bind.rpartition(":")[2]

        def is_metrics_listener(environ: WSGIEnvironment) -> bool:
            return bool(_local_port(environ) == port)

        def check_listener() -> None:
            # Compare paths, because a request with an unsupported method has no endpoint.
            if is_metrics_listener(request.environ) != (request.path == PATH):
                raise NotFound

        app.extensions["metrics_listener"] = is_metrics_listener
        app.before_request(check_listener)


def _local_port(environ: WSGIEnvironment) -> str:
    # Ask the socket: on a Unix socket, gunicorn takes SERVER_PORT from the Host header.
    if connection := environ.get("gunicorn.socket"):
        name = connection.getsockname()
        return str(name[1]) if isinstance(name, tuple) else ""
    return str(environ["SERVER_PORT"])
