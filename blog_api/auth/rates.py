"""Rate limits: fixed windows, per user with a valid access token, otherwise per client network."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, current_app, request
from limits import RateLimitItem
from werkzeug.utils import import_string

from blog_api.auth.tokens import API_TOKEN_PREFIX, bearer_token, decode_token
from blog_api.context import SAFE_METHODS, exchange
from blog_api.problems import TooManyRequests, Unauthorized
from blog_api.security.counters import Count, Counters, Window
from blog_api.security.networks import network_of

READ, WRITE = "RATELIMIT_READ", "RATELIMIT_WRITE"
COMMENT = "RATELIMIT_COMMENT"
SETTINGS = (READ, WRITE, COMMENT, "RATELIMIT_REGISTER", "RATELIMIT_PASSWORD_RESET", "RATELIMIT_CONFIRM")


class Policy(NamedTuple):
    """A limit of `amount` requests per window of `seconds`, with a name for the RateLimit headers."""

    name: str
    amount: int
    seconds: int


class Caller(NamedTuple):
    """The key that requests are counted by: the user, or the network if there is no user."""

    network: str
    user_id: int | None = None

    def __str__(self) -> str:
        return self.network if self.user_id is None else f"user {self.user_id}"


class RateLimiter:
    """The policies of each setting and the counters that enforce them."""

    def __init__(self, policies: dict[str, list[Policy]], counters: Counters) -> None:
        self.policies = policies
        self.counters = counters

    def count(self, limits: Sequence[tuple[Policy, Caller]]) -> None:
        """Count this request, but only once. Raises TooManyRequests if it exceeds one of the policies."""
        if exchange.rates is None:
            windows = [Window(f"{policy.name}:{caller}", policy.seconds) for policy, caller in limits]
            counts = self.counters.hit(*windows)
            exchange.rates = [(policy, count) for (policy, _), count in zip(limits, counts, strict=True)]
        over = [(policy, count) for policy, count in exchange.rates if count.number > policy.amount]
        if over:
            first = any(count.number == policy.amount + 1 for policy, count in over)
            problem = too_many_requests(max(count.seconds for _, count in over), first=first)
            problem.audit_user_id = next((caller.user_id for _, caller in limits if caller.user_id), None)
            raise problem

    def count_anonymous_read(self, ip_address: str) -> None:
        """Count an anonymous read from `ip_address`. Raises TooManyRequests."""
        if policies := self.policies[READ]:
            caller = Caller(network_of(ip_address))
            self.count([(policy, caller) for policy in policies])


def count_request(limited: str | None) -> None:
    """Count this request against the general read or write policies and those of the setting `limited`, if any.

    Raises TooManyRequests.
    """
    limiter: RateLimiter = current_app.extensions["rate_limiter"]
    general = limiter.policies[READ if request.method in SAFE_METHODS else WRITE]
    special = limiter.policies[limited] if limited else []
    if general or special:
        caller = _caller()
        # By network, because each registration creates a new user, who would start at zero.
        limited_caller = caller if limited == COMMENT else Caller(caller.network)
        limiter.count(
            [(policy, limited_caller) for policy in special] + [(policy, caller) for policy in general]
        )


def too_many_requests(seconds: float, *, first: bool) -> TooManyRequests:
    """Return the problem for a caller who must wait. Only the `first` of each window goes to the audit log."""
    wait = _whole_seconds(seconds)
    problem = TooManyRequests(
        f"Rate limit exceeded. Retry in {wait} seconds.", headers={"Retry-After": str(wait)}
    )
    if not first:
        problem.audit_event = ""
    return problem


def is_first_rejection(key: str, seconds: float) -> bool:
    """Return whether this is the first rejection of `key` in a window of `seconds`."""
    limiter: RateLimiter = current_app.extensions["rate_limiter"]
    (count,) = limiter.counters.hit(Window(f"refused:{key}", _whole_seconds(seconds)))
    return count.number == 1


def enabled_rates(setting: str) -> Sequence[RateLimitItem]:
    """Return the rates in `setting`, or none if RATELIMIT_ENABLED is off."""
    rates: Sequence[RateLimitItem] = current_app.config[setting]
    return rates if current_app.config["RATELIMIT_ENABLED"] else ()


def _caller() -> Caller:
    """Return the user of a valid access token, without checking the session, or else the client network.

    API tokens count by network, because finding their user takes a query.
    """
    network = network_of(request.remote_addr or "")
    with contextlib.suppress(Unauthorized):
        token = bearer_token()
        if token and not token.startswith(API_TOKEN_PREFIX):
            return Caller(network, int(decode_token(token, "access")["sub"]))
    return Caller(network)


def _whole_seconds(seconds: float) -> int:
    return max(1, math.ceil(seconds))


def _policies(setting: str, rates: Sequence[RateLimitItem]) -> list[Policy]:
    name = setting.removeprefix("RATELIMIT_").lower()
    return [
        Policy(f"{name}-{number}" if number > 1 else name, rate.amount, rate.get_expiry())
        for number, rate in enumerate(rates, start=1)
    ]


class RateHeaders:
    """WSGI middleware that adds the RateLimit headers (draft-ietf-httpapi-ratelimit-headers-10)."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the app and add the headers to its response."""

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            headers += _headers(exchange.rates or ())
            return start_response(status, headers, *error)

        return self._app(environ, start)


def _headers(counted: Sequence[tuple[Policy, Count]]) -> Iterator[tuple[str, str]]:
    if counted:
        policies = [f'"{policy.name}";q={policy.amount};w={policy.seconds}' for policy, _ in counted]
        yield "RateLimit-Policy", ", ".join(policies)
        left = [
            f'"{policy.name}";r={max(0, policy.amount - count.number)};t={_whole_seconds(count.seconds)}'
            for policy, count in counted
        ]
        yield "RateLimit", ", ".join(left)


def init_app(app: Flask) -> None:
    """Create the policies and counters from the RATELIMIT settings."""
    url, enabled = app.config["RATELIMIT_STORAGE_URL"], app.config["RATELIMIT_ENABLED"]
    policies = {name: _policies(name, app.config[name]) if enabled else [] for name in SETTINGS}
    app.extensions["rate_limiter"] = RateLimiter(policies, _create_counters(url))


def _create_counters(redis_url: str | None) -> Counters:
    if not redis_url:
        return Counters()
    # Imported here, so that only services with Redis pay for its client.
    counters: Counters = import_string("blog_api.security.redis_counters:RedisCounters")(redis_url)
    return counters
