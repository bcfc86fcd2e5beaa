"""blog_api: a headless blog. `create_app` is its table of contents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Flask, Request
from flask.sessions import SessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from blog_api import cli
from blog_api.api import blueprint as api
from blog_api.api import parsing, replies
from blog_api.api.caching import Revalidation
from blog_api.api.headers import StandardHeaders
from blog_api.api.reply_cache import ReplyCache
from blog_api.auth import audit, rates
from blog_api.auth.rates import RateHeaders
from blog_api.blueprints import (
    api_tokens,
    confirmations,
    documentation,
    health,
    posts,
    sessions,
    stats,
    tags,
    users,
)
from blog_api.blueprints import audit as audit_views
from blog_api.blueprints import metrics as metrics_views
from blog_api.database import errors, replica
from blog_api.database import revisions as migration
from blog_api.database import session as database
from blog_api.deadlines import Deadline
from blog_api.extensions import cors, jwt
from blog_api.monitoring import logs, metrics
from blog_api.monitoring.logs import RequestLog
from blog_api.monitoring.metrics import RequestCount

VERSION = "0.1.0"


def create_app(environ: Mapping[str, str] | None = None) -> Flask:
    """The app that `environ` configures; without it, the environment over `.env`.

    Raises config.ConfigError, which names every wrong setting.
    """
    app = App(__name__, static_folder=None)
    app.config.update(config.load(config.environment() if environ is None else environ))

    logs.init_app(app)
    errors.init_app(app)
    parsing.init_app(app)
    metrics.init_app(app)
    database.init_app(app)
    replica.init_app(app)
    migration.init_app(app)
    jwt.init_app(app)
    rates.init_app(app)
    audit.init_app(app)
    replies.init_app(app)
    _allow_origins(app)

    app.config.update(API_TITLE="blog_api", API_VERSION=VERSION, OPENAPI_VERSION="3.1.0")
    rest = api.init_app(app)
    for module in (sessions, confirmations, api_tokens, users, posts, tags, stats, audit_views):
        rest.register_blueprint(module.blueprint)
    app.register_blueprint(health.blueprint)
    metrics_views.init_app(app)
    documentation.init_app(app)
    cli.init_app(app)
    app.wsgi_app = _fronted(app)  # type: ignore[assignment,method-assign]
    return app


class NoCookies(SessionInterface):
    """Clients are known by their tokens: no cookie is read, made or looked for."""

    def open_session(self, app: Flask, request: Request) -> None:
        return None


class App(Flask):
    """Flask, without what this service has no use for, and each request would pay for."""

    session_interface = NoCookies()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is: none of this service is a coroutine."""
        return func


def _allow_origins(app: Flask) -> None:
    if not app.config["CORS_ORIGINS"]:
        return
    cors.init_app(
        app,
        resources=[r"/api/.*", "/openapi.json"],
        origins=app.config["CORS_ORIGINS"],
        # Where all origins are allowed, the reply is the same for each, and may be kept for all.
        send_wildcard=True,
        allow_headers=[
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "If-Match",
            "If-None-Match",
            "X-Request-ID",
        ],
        expose_headers=[
            "ETag",
            "Idempotency-Replayed",
            "Link",
            "Location",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
            "X-Request-ID",
        ],
        max_age=600,
        # headers.py says it to everybody.
        vary_header=False,
    )


def _fronted(app: Flask) -> WSGIApplication:
    """The app behind all that a request passes before Flask, and its reply after it: here the innermost comes first.

    What every request needs costs a fraction here of what it costs within Flask, and the kept replies need no Flask.
    """
    config = app.config
    by_origin = config["CORS_ORIGINS"] not in ([], ["*"])
    front: WSGIApplication = app.wsgi_app
    if store := app.extensions["replies"]:
        front = ReplyCache(front, app, store, by_origin=by_origin)
    front = Revalidation(front)
    if any(app.extensions["rates"].policies.values()):
        front = RateHeaders(front)
    front = StandardHeaders(front, over_tls=config["APP_ENV"] == "production", by_origin=by_origin)
    front = Deadline(front, config["REQUEST_DEADLINE"])
    if metrics.are_on(app):
        front = RequestCount(front)
    front = RequestLog(front)
    if hops := config["TRUSTED_PROXIES"]:
        # The address alone: nothing that is answered depends on the scheme, the host, the port or the prefix.
        front = ProxyFix(front, x_for=hops, x_proto=0)
    return front
