"""Tests of the access declared by each route."""

from __future__ import annotations

import pytest

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import GUEST, LOGIN, PUBLIC, REFRESH, SESSION


def routes(app):
    """Yield the rule, method and view of every route."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            yield rule, method, app.view_functions[rule.endpoint]


def view_access(view):
    return getattr(view, "access", None)


def address(app, rule):
    """Return a URL for this rule."""
    values = {
        name: "x" if type(converter).__name__ != "IdConverter" else 1
        for name, converter in rule._converters.items()
    }
    with app.test_request_context():
        return rule.build(values)[1]


def test_every_route_declares_its_access(app):
    for rule, method, view in routes(app):
        assert getattr(view, "access", None) in (PUBLIC, GUEST, LOGIN, SESSION, REFRESH), (
            f"{method} {rule.rule}"
        )


def test_only_these_routes_are_public(app):
    public = {
        f"{method} {rule.rule}"
        for rule, method, view in routes(app)
        if getattr(view, "access", None) == PUBLIC
    }
    assert public == {
        "GET /",
        "GET /api/v1",
        "GET /api/v1/changes",
        "GET /api/v1/comments/<id:comment_id>",
        "GET /api/v1/posts",
        "GET /api/v1/posts/<id:post_id>",
        "GET /api/v1/posts/<id:post_id>/comments",
        "GET /api/v1/posts/<id:post_id>/neighbours",
        "GET /api/v1/posts/<id:post_id>/related",
        "GET /api/v1/posts/slug/<slug:slug>",
        "GET /api/v1/previews/<secret:key>",
        "GET /api/v1/redirects",
        "GET /api/v1/redirects/<id:redirect_id>",
        "GET /api/v1/resolve",
        "GET /api/v1/tags",
        "GET /api/v1/tags/<id:tag_id>",
        "GET /api/v1/tags/slug/<slug:slug>",
        "GET /api/v1/users",
        "GET /api/v1/users/<id:user_id>",
        "GET /api/v1/users/by-username/<username:username>",
        "GET /docs",
        "GET /docs/",
        "GET /docs/<path:path>",
        "GET /examples/editor/",
        "GET /examples/editor/<path:file>",
        "GET /feeds/atom.xml",
        "GET /feeds/feed.json",
        "GET /feeds/rss.xml",
        "GET /health/live",
        "GET /health/ready",
        "GET /media/<picture:picture>",
        "GET /openapi.json",
        "GET /problems/<string:name>",
        "GET /robots.txt",
        "GET /sitemap.xml",
        "GET /sitemaps/<any(posts, tags, authors):part>-<id:number>.xml",
        "GET /unsubscribe/<secret:token>",
        "POST /api/v1/auth/email/confirm",
        "POST /api/v1/auth/login",
        "POST /api/v1/auth/password-reset",
        "POST /api/v1/auth/password-reset/confirm",
        "POST /api/v1/auth/register",
        "POST /unsubscribe/<secret:token>",
    }, "add a route that everyone may call to this list"


def test_only_these_routes_take_writes_of_guests(app):
    found = {f"{method} {rule.rule}" for rule, method, view in routes(app) if view_access(view) == GUEST}
    assert found == {"POST /api/v1/posts/<id:post_id>/comments"}


def test_all_other_routes_return_401_without_a_token(app, client):
    asked = 0
    for rule, method, view in routes(app):
        if getattr(view, "access", PUBLIC) not in (PUBLIC, GUEST):
            asked += 1
            for body in (b"{}", b"{", b""):
                reply = client.open(
                    address(app, rule), method=method, data=body, content_type="application/json"
                )
                assert reply.status_code == 401, f"{method} {rule.rule}"
                assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    assert asked > 15


def test_routes_reject_the_wrong_kind_of_token(app, people):
    ada = people()
    for rule, method, view in routes(app):
        if (access := getattr(view, "access", PUBLIC)) != PUBLIC:
            wrong = ada.tokens["access_token" if access == REFRESH else "refresh_token"]
            headers = {"Authorization": f"Bearer {wrong}"}
            reply = ada.client.open(address(app, rule), method=method, json={}, headers=headers)
            assert reply.status_code == 401, f"{method} {rule.rule}"


def test_only_these_routes_require_a_session(app):
    found = {f"{method} {rule.rule}" for rule, method, view in routes(app) if view_access(view) == SESSION}
    assert found == {
        "POST /api/v1/auth/logout",
        "GET /api/v1/auth/sessions",
        "DELETE /api/v1/auth/sessions",
        "DELETE /api/v1/auth/sessions/<id:session_id>",
        "PUT /api/v1/auth/password",
        "GET /api/v1/auth/tokens",
        "POST /api/v1/auth/tokens",
        "GET /api/v1/auth/tokens/<id:token_id>",
        "DELETE /api/v1/auth/tokens/<id:token_id>",
        "POST /api/v1/webhooks",
        "PATCH /api/v1/webhooks/<id:webhook_id>",
        "DELETE /api/v1/webhooks/<id:webhook_id>",
        "POST /api/v1/webhooks/<id:webhook_id>/rotate-secret",
        "POST /api/v1/webhooks/<id:webhook_id>/test",
        "POST /api/v1/webhooks/deliveries/<id:delivery_id>/retry",
        "POST /api/v1/users",
        "PATCH /api/v1/users/me",
        "PATCH /api/v1/users/<id:user_id>",
        "DELETE /api/v1/users/<id:user_id>",
        "GET /api/v1/users/me/data",
    }


def test_api_tokens_are_limited_by_their_scopes(app, people):
    admin, asked = people("admin"), []
    tokens = {
        scope: admin.post("/auth/tokens", json={"name": "x", "scopes": [scope]}).json["token"]
        for scope in ("read", "write")
    }
    for rule, method, view in routes(app):
        for scope, token in tokens.items():
            access = view_access(view)
            is_write = access in (GUEST, LOGIN) and method != "GET"
            refused = access == SESSION or (is_write and scope == "read")
            if refused:
                headers = {"Authorization": f"Bearer {token}"}
                reply = admin.client.open(address(app, rule), method=method, json={}, headers=headers)
                assert (reply.status_code, reply.json["type"]) == (403, "/problems/forbidden"), (method, rule)
                asked.append(rule)
    assert len(asked) > 30


def test_a_view_without_declared_access_cannot_be_registered():
    blueprint = Blueprint("other", __name__)
    with pytest.raises(AttributeError, match="access"):
        blueprint.route("/other")(blueprint.returns(204)(lambda: None))
