"""Request metrics."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from blog_api.context import METHODS, exchange
from blog_api.monitoring.metrics import REQUEST_SECONDS, REQUESTS


@lru_cache(maxsize=4096)
def _series(method: str, route: str, status: int) -> tuple[Callable[[], None], Callable[[float], None]]:
    return REQUESTS.labels(method, route, str(status)).inc, REQUEST_SECONDS.labels(method, route).observe


class RequestCount:
    """WSGI middleware that counts requests and measures their duration."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the app and observe the request."""
        try:
            return self._app(environ, start_response)
        finally:
            # Label with the URL rule and known methods only, so that clients cannot create new time series.
            method = environ["REQUEST_METHOD"]
            count, observe = _series(
                method if method in METHODS else "other", exchange.route or "none", exchange.status
            )
            count()
            observe(time.perf_counter() - exchange.started)
