"""How often one may ask for what is slow or worth guessing at. Counted here is in each process, by address, in fixed
windows."""

from __future__ import annotations

import math
import time

from flask import Flask, current_app, request
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from blog_api.problems import TooManyRequests


def count_request(setting: str) -> None:
    """Count this request against the rates in `setting`. Raises TooManyRequests where one of them is used up."""
    limiter: FixedWindowRateLimiter = current_app.extensions["rates"]
    key = (request.endpoint or "", request.remote_addr or "")
    for rate in wanted_rates(setting):
        if not limiter.hit(rate, *key):
            raise refusal(limiter.get_window_stats(rate, *key).reset_time - time.time())


def refusal(seconds: float) -> TooManyRequests:
    """What answers who must wait so many seconds."""
    wait = max(1, math.ceil(seconds))
    return TooManyRequests(f"Try again in {wait} seconds.", headers={"Retry-After": str(wait)})


def wanted_rates(setting: str) -> list[RateLimitItem]:
    """The rates in `setting`; none where RATELIMIT_ENABLED is off."""
    enabled = current_app.config["RATELIMIT_ENABLED"]
    return parse_many(current_app.config[setting]) if enabled else []


def init_app(app: Flask) -> None:
    """Count from now on."""
    app.extensions["rates"] = FixedWindowRateLimiter(MemoryStorage())
