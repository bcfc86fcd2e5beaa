"""/health: for those who run the service. Outside the API and its document."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from blog_api.api.caching import cache_headers
from blog_api.auth.access import PUBLIC, current_viewer, identify, public
from blog_api.database.engine_options import REPLICA
from blog_api.database.replica import is_replica_failing
from blog_api.database.revisions import is_behind
from blog_api.database.servers import pool_status
from blog_api.database.session import db, reading
from blog_api.policies.viewers import is_admin
from blog_api.problems import Unavailable

blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.route("/live")
@public
def live() -> Response:
    """Whether the process answers. Does not look at the database."""
    return jsonify(status="ok")


@blueprint.route("/ready")
@public
def ready() -> Response:
    """Whether the database answers and its migrations are not behind the code, in one round trip.

    An admin is told how the pools of this process stand, which is one more. Raises Unavailable.
    """
    with reading():
        if is_behind():
            raise Unavailable("The migrations of the database are behind the code: run flask db upgrade.")
        identify(PUBLIC)
        body = _pools() if is_admin(current_viewer()) else {}
    response = jsonify(status="ok", **body)
    response.headers.update(cache_headers(private=current_viewer() is not None))
    return response


def _pools() -> dict[str, Any]:
    """How the pool stands, and that of the replica where there is one."""
    body: dict[str, Any] = {"pool": pool_status(db.engine)}
    if (failing := is_replica_failing()) is not None:
        body["replica"] = {**pool_status(db.engines[REPLICA]), "failing": failing}
    return body
