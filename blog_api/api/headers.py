"""Headers of every response: security headers, and Vary for caches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Responses can load, frame and submit nothing. Only the documentation page has a more permissive policy.
STRICT_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
DEFAULT_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": STRICT_POLICY,
    "Referrer-Policy": "no-referrer",
}
# One year, without includeSubDomains: the subdomains can belong to other services.
HSTS_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}


class StandardHeaders:
    """WSGI middleware that adds the headers to every response, cached or not, unless it already has them."""

    def __init__(self, app: WSGIApplication, *, hsts: bool, vary_by_origin: bool) -> None:
        """`hsts` tells browsers to use HTTPS only. `vary_by_origin` adds `Vary: Origin`."""
        self._app, self._vary_by_origin = app, vary_by_origin
        headers = DEFAULT_HEADERS | (HSTS_HEADERS if hsts else {})
        self._by_key = [(name.lower(), (name, value)) for name, value in headers.items()]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the app and add the headers to its response."""

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            own = {name.lower() for name, _ in headers}
            headers += [header for key, header in self._by_key if key not in own]
            if self._vary_by_origin:
                # Even if no origin or one that is not allowed was sent: for other origins the response differs.
                headers.append(("Vary", "Origin"))
            return start_response(status, headers, *error)

        return self._app(environ, start)
