"""WSGI middleware that serves anonymous requests from the response store until public content changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wsgi import ClosingIterator

from blog_api.api.deadlines import shed_load
from blog_api.api.response_store import CachedResponse, Key, ResponseStore, response_store
from blog_api.context import SAFE_METHODS, exchange
from blog_api.crud.activity import Activity
from blog_api.crud.content import Stamp, read_stamp
from blog_api.database.replica import read
from blog_api.problems import Problem


class ResponseCache:
    """Send the stored response to a request if its stamp is still current. Otherwise call the app."""

    def __init__(self, app: WSGIApplication, flask: Flask, store: ResponseStore, *, by_origin: bool) -> None:
        """Wrap `app`. `flask` provides the app context; `by_origin` caches responses separately for each Origin."""
        self._app, self._flask, self._store = app, flask, store
        self._is_metrics: Callable[[WSGIEnvironment], bool] | None = flask.extensions.get("metrics_listener")
        self._by_origin = by_origin

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Send the stored response, or call the app. Store its response if the key was requested before."""
        if environ["REQUEST_METHOD"] not in SAFE_METHODS or "HTTP_AUTHORIZATION" in environ:
            return self._app(environ, start_response)
        if exchange.rejection is not None or (self._is_metrics and self._is_metrics(environ)):
            return self._app(environ, start_response)
        key = self._key_of(environ)
        cached = self._store.get(key)
        if cached is not None and self._is_current(cached, environ):
            self._store.record_hit()
            exchange.route = cached.route
            start_response("200 OK", list(cached.headers))
            return [cached.body] if environ["REQUEST_METHOD"] == "GET" else []
        if environ["REQUEST_METHOD"] == "GET" and self._store.was_requested(key):
            return self._respond_and_store(key, environ, start_response)
        return self._app(environ, start_response)

    def _key_of(self, environ: WSGIEnvironment) -> Key:
        origin = environ.get("HTTP_ORIGIN", "") if self._by_origin else ""
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        return path, environ.get("QUERY_STRING", ""), origin

    def _is_current(self, cached: CachedResponse, environ: WSGIEnvironment) -> bool:
        """Return whether the stored response is still current. Errors are left to the view, which reports them."""
        try:
            shed_load()
            self._flask.extensions["rate_limiter"].count_anonymous_read(environ.get("REMOTE_ADDR", ""))
            with self._flask.app_context():
                current = read(partial(refresh_stamp, cached.activity), allow_stale=True)
                return current == (cached.stamp, cached.activity)
        except (Problem, SQLAlchemyError) as error:
            # The view raises this error instead of waiting for it again. After a lost connection it tries a new one.
            exchange.cache_error = None if getattr(error, "connection_invalidated", False) else error
            return False

    def _respond_and_store(
        self, key: Key, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        exchange.is_cacheable = True
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            # A copy, because outer middleware adds headers.
            started.append((status, list(headers)))
            return start_response(status, headers, *error)

        body = self._app(environ, start)
        ((status, headers),) = started
        if exchange.stamp is None or not status.startswith("200"):
            return body
        whole = b"".join(body)
        self._store.put(key, exchange.stamp, exchange.route or "", headers, whole, exchange.activity)
        return ClosingIterator([whole], getattr(body, "close", None))


def refresh_stamp(shown: Activity | None = None) -> tuple[Stamp | None, Activity | None]:
    """Read the stamp of the content and the activity that a response shows. Return both.

    Invalidates stored responses with any other stamp.
    """
    store = response_store()
    store.latest, activity = read_stamp(store.latest, shown)
    return store.latest, activity
