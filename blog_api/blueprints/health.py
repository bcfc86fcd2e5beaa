"""/health: for those who run the service. Outside the API and its document."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from blog_api.auth import public
from blog_api.database import reading
from blog_api.migration import is_behind
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
    """Whether the database answers and its migrations are not behind the code. One round trip."""
    with reading():
        if is_behind():
            raise Unavailable("The migrations of the database are behind the code: run flask db upgrade.")
    return jsonify(status="ok")
