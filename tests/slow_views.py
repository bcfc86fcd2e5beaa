"""Views that exceed database timeouts, and a check of the response."""

from __future__ import annotations

import time

from flask import Flask
from sqlalchemy import insert, select, text

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import public
from blog_api.database.session import db
from blog_api.models.tags import Tag
from tests.apps import add_blueprint

MANY = text("""
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
    SELECT count(*) FROM n
""")
TOO_MANY = text("""
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
    SELECT count(*) AS computed FROM n AS a, n AS b
""")
TOO_MANY_WRITTEN = text("""
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
    INSERT INTO tags (name, name_key, slug) SELECT 'x' || count(*), 'x', 'x' FROM n AS a, n AS b
""")


def add_slow_views(app: Flask) -> None:
    """Add slow views.

    /slow spends five seconds in a PostgreSQL statement, /idle 0.6 seconds between two statements. /computing and
    /filling run for an hour on both databases. /filling also writes, before that and with the result.
    """
    blueprint = Blueprint("slow", __name__)

    @blueprint.route("/slow", methods=["GET", "POST"])
    @public
    @blueprint.returns(204)
    def slow():
        db.session.execute(text("SELECT pg_sleep(5)"))

    @blueprint.route("/computing", methods=["GET", "POST"])
    @public
    @blueprint.returns(204)
    def computing():
        db.session.execute(TOO_MANY)

    @blueprint.route("/filling", methods=["POST"])
    @public
    @blueprint.returns(204)
    def filling():
        db.session.execute(insert(Tag).values(name="first", name_key="first", slug="first"))
        with db.session.begin_nested():
            db.session.execute(TOO_MANY_WRITTEN)

    @blueprint.route("/idle", methods=["POST"])
    @public
    @blueprint.returns(204)
    def idle():
        db.session.execute(insert(Tag).values(name="idle", name_key="idle", slug="idle"))
        time.sleep(0.6)
        db.session.execute(select(Tag.name))

    add_blueprint(app, blueprint)


def assert_unavailable(reply, detail):
    """Assert that the response is 503 with Retry-After and this detail."""
    assert (reply.status_code, reply.json["type"]) == (503, "/problems/unavailable")
    assert reply.headers["Retry-After"].isdigit()
    assert detail in reply.json["detail"]
