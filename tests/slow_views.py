"""Views that exceed the limits of connections, and what is answered then."""

from __future__ import annotations

import time

from flask import Flask
from sqlalchemy import insert, select, text

from blog_api.api import Blueprint
from blog_api.auth import public
from blog_api.database import db
from blog_api.models import Tag


def add_slow_views(app: Flask) -> None:
    """/slow takes five seconds within a statement of PostgreSQL, /computing much longer, /idle 0.6 between two."""
    blueprint = Blueprint("slow", __name__)

    @blueprint.route("/slow", methods=["GET", "POST"])
    @public
    @blueprint.gives(204)
    def slow():
        db.session.execute(text("SELECT pg_sleep(5)"))

    @blueprint.route("/computing", methods=["GET", "POST"])
    @public
    @blueprint.gives(204)
    def computing():
        statement = (
            "SELECT count(*) AS computed FROM generate_series(1, 100000) a, generate_series(1, 100000) b"
        )
        db.session.execute(text(statement))

    @blueprint.route("/idle", methods=["POST"])
    @public
    @blueprint.gives(204)
    def idle():
        db.session.execute(insert(Tag).values(name="idle", name_key="idle", slug="idle"))
        time.sleep(0.6)
        db.session.execute(select(Tag.name))

    app.extensions["flask-smorest"]["apis"][""]["ext_obj"].register_blueprint(blueprint)


def assert_unavailable(reply, detail):
    """The reply is 503, says when to come again, and why."""
    assert (reply.status_code, reply.json["type"]) == (503, "/problems/unavailable")
    assert reply.headers["Retry-After"].isdigit()
    assert detail in reply.json["detail"]
