"""The cache before Flask: what was answered to somebody unknown is sent again as long as nothing public has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wsgi import ClosingIterator

from blog_api.api.deadlines import reject_overdue
from blog_api.api.parsing import check_head
from blog_api.api.replies import Address, Kept, ReplyStore, reply_store
from blog_api.context import SAFE_METHODS, exchange
from blog_api.crud.content import Stamp, read_stamp
from blog_api.database.replica import read
from blog_api.problems import Problem


class ReplyCache:
    """Answers a request before Flask does, where a reply to the same one is kept and the stamp is what it was."""

    def __init__(self, app: WSGIApplication, flask: Flask, store: ReplyStore, *, by_origin: bool) -> None:
        """`app` is what answers the rest, in the contexts of `flask`. `by_origin`: whether replies differ by it."""
        self._app, self._flask, self._store = app, flask, store
        self._is_apart: Callable[[WSGIEnvironment], bool] | None = flask.extensions.get("metrics_listener")
        self._by_origin = by_origin

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the app does or did."""
        if environ["REQUEST_METHOD"] not in SAFE_METHODS or "HTTP_AUTHORIZATION" in environ:
            return self._app(environ, start_response)
        if self._is_apart and self._is_apart(environ):
            return self._app(environ, start_response)
        address = self._address_of(environ)
        kept = self._store.find(address)
        if kept is not None and self._may_send(kept, environ):
            self._store.note_hit()
            exchange.route = kept.route
            start_response("200 OK", list(kept.headers))
            return [kept.body] if environ["REQUEST_METHOD"] == "GET" else []
        if environ["REQUEST_METHOD"] == "GET" and self._store.is_worth(address):
            return self._answer_and_keep(address, environ, start_response)
        return self._app(environ, start_response)

    def _address_of(self, environ: WSGIEnvironment) -> Address:
        origin = environ.get("HTTP_ORIGIN", "") if self._by_origin else ""
        return environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""), origin

    def _may_send(self, kept: Kept, environ: WSGIEnvironment) -> bool:
        """Whether to send what is kept. Not where anything is wrong: within Flask it is said what it is."""
        try:
            check_head(environ)
            reject_overdue()
            self._flask.extensions["rates"].count_anonymous_read(environ.get("REMOTE_ADDR", ""))
            with self._flask.app_context():
                return read(stamp_content, stale=True) == kept.stamp
        except (Problem, SQLAlchemyError) as error:
            # Where a connection was lost another one may do. All else would fail again, after another wait.
            exchange.cache_error = None if getattr(error, "connection_invalidated", False) else error
            return False

    def _answer_and_keep(
        self, address: Address, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        exchange.is_cacheable = True
        answered: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            # A copy: those who stand before this add their own.
            answered.append((status, list(headers)))
            return start_response(status, headers, *error)

        body = self._app(environ, start)
        ((status, headers),) = answered
        if exchange.stamp is None or not status.startswith("200"):
            return body
        whole = b"".join(body)
        self._store.keep(address, exchange.stamp, exchange.route or "", headers, whole)
        return ClosingIterator([whole], getattr(body, "close", None))


def stamp_content() -> Stamp | None:
    """Read the stamp of the content, which is also the one that kept replies must have from now on."""
    store = reply_store()
    stamp = store.latest = read_stamp(store.latest)
    return stamp
