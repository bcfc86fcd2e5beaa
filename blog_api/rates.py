"""How often one address may ask for what is slow or worth guessing at: counted in each process, in fixed windows."""

from __future__ import annotations

import time

from flask import Flask, current_app, request
from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from blog_api.problems import TooManyRequests


def count_request(setting: str) -> None:
    """Count this request against the rates in `setting`. Raises TooManyRequests where one of them is used up."""
    limiter: FixedWindowRateLimiter | None = current_app.extensions["rates"]
    if limiter is None:
        return
    key = (request.endpoint or "", request.remote_addr or "")
    for rate in parse_many(current_app.config[setting]):
        if not limiter.hit(rate, *key):
            wait = max(1, int(limiter.get_window_stats(rate, *key).reset_time - time.time()))
            raise TooManyRequests(f"Try again in {wait} seconds.", headers={"Retry-After": str(wait)})


def init_app(app: Flask) -> None:
    """Count from now on, where RATELIMIT_ENABLED is on."""
    enabled = app.config["RATELIMIT_ENABLED"]
    app.extensions["rates"] = FixedWindowRateLimiter(MemoryStorage()) if enabled else None
