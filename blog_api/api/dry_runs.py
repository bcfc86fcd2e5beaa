"""Dry runs: execute a write, roll it back, and respond as if it had been saved."""

from __future__ import annotations

from flask import Flask, Request, Response

from blog_api.context import exchange

# Nothing was created that has an address or could be changed.
ABSENT_HEADERS = ("ETag", "Location")


def begin(req: Request) -> None:
    """Note whether a request to a route with dry runs asks for one.

    This precedes validation, which rejects values other than `true` and `false`.
    """
    exchange.dry_run = req.args.get("dry_run") == "true"


def _mark(response: Response) -> Response:
    if exchange.dry_run:
        response.headers["Dry-Run"] = "true"
        for name in ABSENT_HEADERS:
            response.headers.pop(name, None)
    return response


def init_app(app: Flask) -> None:
    """Mark the responses to dry runs, including errors."""
    app.after_request(_mark)
