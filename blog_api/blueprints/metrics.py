"""/metrics: for Prometheus. There only where METRICS_TOKEN or METRICS_BIND is set."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from wsgiref.types import WSGIEnvironment

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from blog_api.auth.access import public
from blog_api.auth.tokens import bearer_token
from blog_api.context import limit_deadline
from blog_api.mail.delivery import is_mail_enabled
from blog_api.monitoring.metrics import are_on
from blog_api.problems import NotFound, Unauthorized, Unavailable
from blog_api.services import outbox

PATH = "/metrics"
# How long the database may take. Prometheus gives a scrape up after ten, unless it is told otherwise.
QUERY_TIMEOUT = 1.0
UP = ("blog_database_up", "Whether the database has answered this scrape")

blueprint = Blueprint("metrics", __name__)


class _DatabaseCollector(Collector):
    """Whether the database answers, and what it knows of mail: the same from each process, and so not added up.

    It is not waited for long, since what is known without it is wanted most while it does not answer. Nothing is told
    of it where no mail is sent, so that one that sleeps may sleep on.
    """

    def collect(self) -> Iterator[Metric]:
        if not is_mail_enabled():
            return
        try:
            with limit_deadline(QUERY_TIMEOUT):
                backlog = outbox.measure_backlog()
        except Unavailable:
            yield GaugeMetricFamily(*UP, value=0)
        else:
            if backlog is not None:
                yield from (GaugeMetricFamily(*UP, value=1), *_mail_families(backlog))


def _mail_families(backlog: outbox.Backlog) -> tuple[Metric, Metric]:
    messages = GaugeMetricFamily("blog_outbox_messages", "Mail that is not sent", labels=["state"])
    oldest = GaugeMetricFamily(
        "blog_outbox_oldest_seconds",
        "Age of the oldest of these, 0 where there is none",
        labels=["state"],
    )
    for state, (number, seconds) in backlog.items():
        messages.add_metric([state], number)
        oldest.add_metric([state], seconds)
    return messages, oldest


@blueprint.route(PATH)
@public
def show_metrics() -> Response:
    """How the service does, in the text format of Prometheus. Raises Unauthorized without the METRICS_TOKEN."""
    wanted = current_app.config["METRICS_TOKEN"]
    if wanted and not hmac.compare_digest((bearer_token() or "").encode(), wanted.encode()):
        raise Unauthorized("Send METRICS_TOKEN: Authorization: Bearer <token>.")
    known = current_app.extensions
    text = known["metrics"].render() + generate_latest(known["database_metrics"])
    return Response(text, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def init_app(app: Flask) -> None:
    """Serve the metrics if they are on; where they have a listener of their own, there only, and nothing else there."""
    if not are_on(app):
        return
    app.extensions["database_metrics"] = _DatabaseCollector()
    app.register_blueprint(blueprint)
    if bind := app.config["METRICS_BIND"]:
        port = bind.rpartition(":")[2]

        def is_metrics_listener(environ: WSGIEnvironment) -> bool:
            return bool(_local_port(environ) == port)

        def check_listener() -> None:
            # By the path, since a method that the route does not take has no endpoint.
            if is_metrics_listener(request.environ) != (request.path == PATH):
                raise NotFound

        app.extensions["metrics_listener"] = is_metrics_listener
        app.before_request(check_listener)


def _local_port(environ: WSGIEnvironment) -> str:
    # Of the socket: behind one of the file system, gunicorn takes SERVER_PORT from the header Host.
    if asked := environ.get("gunicorn.socket"):
        name = asked.getsockname()
        return str(name[1]) if isinstance(name, tuple) else ""
    return str(environ["SERVER_PORT"])
