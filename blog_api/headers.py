"""The headers that every reply carries: what a browser may do with it, and what caches must tell apart."""

from __future__ import annotations

from flask import Flask, Response

# Nothing is loaded, framed or sent by what the service gives; only the documentation page opens more of it.
CLOSED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": CLOSED,
    "Referrer-Policy": "no-referrer",
}
# A year, and without the subdomains, which may belong to others.
OVER_TLS = {"Strict-Transport-Security": "max-age=31536000"}


def init_app(app: Flask) -> None:
    """Add the headers to each reply, also to those that are kept and sent again, unless the reply has its own."""
    headers = ALWAYS | (OVER_TLS if app.config["APP_ENV"] == "production" else {})
    by_key = [(name.lower(), name, text) for name, text in headers.items()]
    varies = app.config["CORS_ORIGINS"] not in ([], ["*"])

    def add_headers(response: Response) -> Response:
        own = {name.lower() for name, _ in response.headers}
        for key, name, text in by_key:
            if key not in own:
                response.headers.add(name, text)
        if varies:
            # Also where no origin was sent, or one that may not: the reply to another one looks different.
            response.vary.add("Origin")
        return response

    app.after_request(add_headers)
