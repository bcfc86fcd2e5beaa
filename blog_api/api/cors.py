"""Which browsers may call the API from pages of other origins (Flask-CORS)."""

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
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-ID",
]

cors = CORS()


def init_app(app: Flask) -> None:
    """Allow the origins of CORS_ORIGINS; without any, send no CORS headers."""
    if not app.config["CORS_ORIGINS"]:
        return
    cors.init_app(
        app,
        resources=[r"/api/.*", "/openapi.json"],
        origins=app.config["CORS_ORIGINS"],
        # With `*` the reply is the same for every origin, and may be kept for all.
        send_wildcard=True,
        allow_headers=ALLOWED,
        expose_headers=EXPOSED,
        max_age=600,
        # api/headers.py adds `Vary: Origin` to every reply, also to those without CORS headers.
        vary_header=False,
    )
