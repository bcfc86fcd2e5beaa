"""blog_api: a headless blog. Start reading at `create_app`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Flask, Request
from flask.sessions import SessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

import config
from blog_api import blueprints, cli
from blog_api.api import (
    addresses,
    blueprint,
    cors,
    errors,
    merge_patch,
    request_head,
    request_log,
    response_store,
    stored_pictures,
)
from blog_api.api.addresses import PathPrefix
from blog_api.api.caching import ConditionalGet
from blog_api.api.deadlines import Deadline
from blog_api.api.headers import StandardHeaders
from blog_api.api.request_head import RequestHead
from blog_api.api.request_log import RequestLog
from blog_api.api.request_metrics import RequestCount
from blog_api.api.response_cache import ResponseCache
from blog_api.auth import audit, keys, rates, tokens
from blog_api.auth.rates import RateHeaders
from blog_api.crud.changes import units_of_work as changes
from blog_api.crud.comments import units_of_work as comments
from blog_api.crud.history import units_of_work as history
from blog_api.crud.media import units_of_work as media_uses
from blog_api.crud.posts import rendering
from blog_api.database import engines, replica, revisions
from blog_api.monitoring import logs, metrics

VERSION = "0.6.0"
log = logging.getLogger(__name__)


def create_app(environ: Mapping[str, str] | None = None) -> Flask:
    """Create the app that `environ` configures; without it, the environment over `.env`.

    Raises config.ConfigError, which names every invalid setting.
    """
    app = App(__name__, static_folder=None)
    environ = config.environment() if environ is None else environ
    app.config.update(config.load(environ))

    logs.init_app(app)
    _warn_of_misspelt_settings(environ)
    request_log.init_app(app)
    errors.init_app(app)
    request_head.init_app(app)
    metrics.init_app(app)
    engines.init_app(app)
    replica.init_app(app)
    revisions.init_app(app)
    changes.listen()
    comments.listen()
    history.listen()
    rendering.listen()
    media_uses.listen()
    keys.configure(app.config)
    tokens.jwt_manager.init_app(app)
    rates.init_app(app)
    audit.init_app(app)
    response_store.init_app(app)
    stored_pictures.init_app(app)
    cors.init_app(app)
    addresses.init_app(app)

    app.config.update(API_TITLE="blog_api", API_VERSION=VERSION, OPENAPI_VERSION="3.1.0")
    rest = blueprint.init_app(app)
    blueprints.init_app(app, rest)
    merge_patch.init_app(app)
    cli.init_app(app)
    app.wsgi_app = _add_middleware(app)  # type: ignore[assignment,method-assign]
    return app


def _warn_of_misspelt_settings(environ: Mapping[str, str]) -> None:
    for name, meant in config.misspelt(environ).items():
        log.warning("%s is not a setting: perhaps you mean %s", name, meant)


class NoCookies(SessionInterface):
    """A session interface that reads and sets no cookie: clients authenticate with tokens."""

    def open_session(self, app: Flask, request: Request) -> None:
        return None


class App(Flask):
    """Flask without sessions and coroutines, which this service does not use."""

    session_interface = NoCookies()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function unchanged: no view is a coroutine."""
        return func


def _add_middleware(app: Flask) -> WSGIApplication:
    """Wrap the app in its WSGI middleware, from the inside out.

    Middleware costs a fraction of what Flask's own hooks do, and cached responses do not reach Flask.
    """
    settings = app.config
    by_origin = settings["CORS_ORIGINS"] not in ([], ["*"])
    front: WSGIApplication = app.wsgi_app
    if store := app.extensions["response_store"]:
        front = ResponseCache(front, app, store, by_origin=by_origin)
    front = ConditionalGet(front)
    if any(app.extensions["rate_limiter"].policies.values()):
        front = RateHeaders(front)
    front = RequestHead(front)
    front = StandardHeaders(front, hsts=settings["APP_ENV"] == "production", vary_by_origin=by_origin)
    front = Deadline(front, settings["REQUEST_DEADLINE"])
    if metrics.is_enabled(app):
        front = RequestCount(front)
    front = PathPrefix(RequestLog(front), app)
    if hops := settings["TRUSTED_PROXIES"]:
        # Only the address: no response depends on the scheme, the host, the port or the prefix.
        front = ProxyFix(front, x_for=hops, x_proto=0)
    return front
