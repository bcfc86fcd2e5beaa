"""The headers that every reply carries: what a browser may do with it, and what caches must tell apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Nothing is loaded, framed or sent by what the service gives; only the documentation page opens more of it.
CLOSED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": CLOSED,
    "Referrer-Policy": "no-referrer",
}
# A year, and without the subdomains, which may belong to others.
OVER_TLS = {"Strict-Transport-Security": "max-age=31536000"}


class StandardHeaders:
    """Adds the headers to each reply, also to those that are kept and sent again, unless the reply has its own."""

    def __init__(self, app: WSGIApplication, *, over_tls: bool, by_origin: bool) -> None:
        """`over_tls`: whether browsers should ask by TLS alone; `by_origin`: whether replies differ by it."""
        self._app, self._by_origin = app, by_origin
        headers = ALWAYS | (OVER_TLS if over_tls else {})
        self._by_key = [(name.lower(), (name, text)) for name, text in headers.items()]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the app does."""

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            own = {name.lower() for name, _ in headers}
            headers += [header for key, header in self._by_key if key not in own]
            if self._by_origin:
                # Also where no origin was sent, or one that may not: the reply to another one looks different.
                headers.append(("Vary", "Origin"))
            return start_response(status, headers, *error)

        return self._app(environ, start)
