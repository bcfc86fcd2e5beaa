"""The headers that every reply carries: what a browser may do with it, and what caches must tell apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Nothing is loaded, framed or sent by what the service gives; only the documentation page opens more of it.
STRICT_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
DEFAULT_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": STRICT_POLICY,
    "Referrer-Policy": "no-referrer",
}
# A year, and without the subdomains, which may belong to others.
HSTS_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}


class StandardHeaders:
    """Adds the headers to each reply, also to those that are kept and sent again, unless the reply has its own."""

    def __init__(self, app: WSGIApplication, *, hsts: bool, vary_by_origin: bool) -> None:
        """`hsts`: whether browsers should ask by TLS alone; `vary_by_origin`: whether replies differ by it."""
        self._app, self._vary_by_origin = app, vary_by_origin
        headers = DEFAULT_HEADERS | (HSTS_HEADERS if hsts else {})
        self._by_key = [(name.lower(), (name, text)) for name, text in headers.items()]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the app does."""

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            own = {name.lower() for name, _ in headers}
            headers += [header for key, header in self._by_key if key not in own]
            if self._vary_by_origin:
                # Also where no origin was sent, or one that may not: the reply to another one looks different.
                headers.append(("Vary", "Origin"))
            return start_response(status, headers, *error)

        return self._app(environ, start)
