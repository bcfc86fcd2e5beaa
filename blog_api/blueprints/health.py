"""/health: health checks for operators, outside the API and its OpenAPI document."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from blog_api.api.caching import cache_headers
from blog_api.auth.access import PUBLIC, current_viewer, identify, public
from blog_api.database.engine_options import REPLICA
from blog_api.database.replica import is_replica_failing
from blog_api.database.revisions import has_pending_migrations
from blog_api.database.servers import pool_status
from blog_api.database.session import db, reading
from blog_api.policies.viewers import is_admin
from blog_api.problems import Unavailable
from blog_api.services import changes
from blog_api.services.webhooks import backlog as webhooks

blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.route("/live")
@public
def live() -> Response:
    """Check that the process responds, without using the database."""
    return jsonify(status="ok")


@blueprint.route("/ready")
@public
def ready() -> Response:
    """Check in one round trip that the database responds and its migrations are not behind the code.

    Identifying a client that sends a token takes another one. Show the version, and admins the connection
    pools of this process, the age of the oldest change without a position in the feed, and what waits for webhooks.
    Raises Unavailable.
    """
    with reading():
        if has_pending_migrations():
            raise Unavailable("The database migrations are behind the code. Run flask db upgrade.")
        identify(PUBLIC)
        body = _details() if is_admin(current_viewer()) else {}
    response = jsonify(status="ok", version=current_app.config["API_VERSION"], **body)
    response.headers.update(cache_headers(private=current_viewer() is not None))
    return response


def _details() -> dict[str, Any]:
    """Return the status of the pools, and what has been waiting for the worker, and for how long."""
    body: dict[str, Any] = {"pool": pool_status(db.engine)}
    body["changes"] = {"oldest_seconds": changes.measure_backlog()}
    body["webhooks"] = {
        state: {"messages": number, "oldest_seconds": seconds}
        for state, (number, seconds) in webhooks.measure_backlog().items()
    }
    if (failing := is_replica_failing()) is not None:
        body["replica"] = {**pool_status(db.engines[REPLICA]), "failing": failing}
    return body
