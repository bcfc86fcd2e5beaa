"""CORS: which origins can call the API and read the feeds from a browser (Flask-CORS)."""

from __future__ import annotations

from flask import Flask
from flask_cors import CORS

ALLOWED = [
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "X-Request-ID",
]
EXPOSED = [
    "Deprecation",
    "Dry-Run",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Sunset",
    "X-Request-ID",
]

cors = CORS()


def init_app(app: Flask) -> None:
    """Allow the origins in CORS_ORIGINS. If there are none, send no CORS headers."""
    if not app.config["CORS_ORIGINS"]:
        return
    cors.init_app(
        app,
        resources=[r"/api/.*", r"/feeds/.*", "/openapi.json"],
        origins=app.config["CORS_ORIGINS"],
        # With `*` the response is the same for every origin, so it can be cached once for all.
        send_wildcard=True,
        allow_headers=ALLOWED,
        expose_headers=EXPOSED,
        max_age=600,
        # api/headers.py adds `Vary: Origin`, also to responses without CORS headers.
        vary_header=False,
    )
