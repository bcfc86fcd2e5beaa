"""Deprecated routes announce it in all responses and in the OpenAPI document."""

from __future__ import annotations

from datetime import date

import pytest

from blog_api.api.blueprint import Blueprint
from blog_api.api.deprecations import deprecated
from blog_api.auth.access import login_required, public
from blog_api.problems import NotFound
from blog_api.schemas.tags import Tag
from tests.apps import add_blueprint, running_app
from tests.databases import on_one_database

PAGE = "https://blog.example/changelog#0.9"
OLD = deprecated(since=date(2026, 1, 1), sunset=date(2026, 7, 1), link=PAGE)


@pytest.fixture
def client(database_url):
    """A client of an app with deprecated routes."""
    blueprint = Blueprint("old", __name__, url_prefix="/api/v1/old", description="Old.")

    @blueprint.route("/tag")
    @OLD
    @public
    @blueprint.returns(200, Tag())
    def read_old_tag():
        """Return a tag."""
        return {"id": 1, "name": "A", "slug": "a", "description": "", "post_count": 0}

    @blueprint.route("/missing")
    @OLD
    @public
    @blueprint.returns(204)
    def read_old_missing():
        """Return nothing."""
        raise NotFound

    @blueprint.route("/mine")
    @OLD
    @login_required
    @blueprint.returns(204)
    def read_old_mine():
        """Return nothing."""

    with running_app(database_url, CORS_ORIGINS="https://blog.example") as app:
        add_blueprint(app, blueprint)
        yield app.test_client()


@on_one_database
@pytest.mark.parametrize(
    ("path", "status"), [("tag", 200), ("missing", 404), ("mine", 401), ("tag?x=1", 422)]
)
def test_all_responses_of_a_deprecated_route_say_so(client, path, status):
    for _ in range(2):
        # The second response can come from the cache.
        reply = client.get(f"/api/v1/old/{path}", headers={"Origin": "https://blog.example"})
        assert reply.status_code == status
        assert reply.headers["Deprecation"] == "@1767225600"
        assert reply.headers["Sunset"] == "Wed, 01 Jul 2026 00:00:00 GMT"
        assert reply.headers.getlist("Link") == [f'<{PAGE}>; rel="deprecation"; type="text/html"']
        exposed = reply.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"Deprecation", "Sunset", "Link"} <= set(exposed)


@on_one_database
def test_other_routes_carry_no_such_headers(client):
    for path in ("/api/v1/tags", "/health/live", "/api/v1/old/unknown"):
        headers = client.get(path).headers
        assert "Deprecation" not in headers
        assert "Sunset" not in headers


@on_one_database
def test_the_openapi_document_marks_deprecated_operations(client):
    paths = client.get("/openapi.json").json["paths"]
    old = paths["/api/v1/old/tag"]["get"]
    assert old["deprecated"] is True
    assert {"Deprecation", "Sunset", "Link"} <= set(old["responses"]["200"]["headers"])
    assert not [
        path for path, item in paths.items() if "/old/" not in path and item.get("get", {}).get("deprecated")
    ]
