"""blog_api: a headless blog. `create_app` is its table of contents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Request
from flask.sessions import SessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from blog_api import (
    api,
    audit,
    cli,
    database,
    deadlines,
    errors,
    headers,
    logs,
    metrics,
    migration,
    parsing,
    rates,
    replica,
    replies,
)
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
from blog_api.extensions import cors, jwt, migrate

VERSION = "0.1.0"


def create_app(environ: Mapping[str, str] | None = None) -> Flask:
    """The app that `environ` configures; without it, the environment over `.env`.

    Raises config.ConfigError, which names every wrong setting.
    """
    app = App(__name__, static_folder=None)
    app.config.update(config.load(config.environment() if environ is None else environ))
    _trust_proxies(app)

    logs.init_app(app)
    deadlines.init_app(app)
    headers.init_app(app)
    errors.init_app(app)
    parsing.init_app(app)
    metrics.init_app(app)
    database.init_app(app)
    replica.init_app(app)
    migrate.init_app(app, database.db, directory=str(migration.FOLDER))
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


def _trust_proxies(app: Flask) -> None:
    hops = app.config["TRUSTED_PROXIES"]
    if hops:
        # The address alone: nothing that is answered depends on the scheme, the host, the port or the prefix.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=0)  # type: ignore[method-assign]
