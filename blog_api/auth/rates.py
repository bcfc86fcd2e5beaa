"""How often one may ask. Counted in fixed windows, by user where a token says who, else by address."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, current_app, request
from limits import RateLimitItem

from blog_api.auth.tokens import API_TOKEN_PREFIX, bearer_token, decode_token
from blog_api.context import SAFE_METHODS, exchange
from blog_api.problems import TooManyRequests, Unauthorized
from blog_api.security.counters import Count, Counters, RedisCounters, Window
from blog_api.security.networks import network_of

READ, WRITE = "RATELIMIT_READ", "RATELIMIT_WRITE"
SETTINGS = (READ, WRITE, "RATELIMIT_REGISTER", "RATELIMIT_PASSWORD_RESET", "RATELIMIT_CONFIRM")


class Policy(NamedTuple):
    """So many requests in so many seconds, under a name for clients."""

    name: str
    amount: int
    seconds: int


class Caller(NamedTuple):
    """Whose requests are counted together: a user's, or where there is none those of a network."""

    network: str
    user_id: int | None = None

    def __str__(self) -> str:
        return self.network if self.user_id is None else f"user {self.user_id}"


class Rates:
    """The policies of each setting, and what counts for them."""

    def __init__(self, policies: dict[str, list[Policy]], counters: Counters) -> None:
        self.policies = policies
        self.counters = counters

    def count(self, limits: Sequence[tuple[Policy, Caller]]) -> None:
        """Count this request, once. Raises TooManyRequests where one of the policies is used up."""
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

    def count_anonymous_read(self, address: str) -> None:
        """Count this request of somebody unknown who reads. Raises TooManyRequests."""
        if policies := self.policies[READ]:
            caller = Caller(network_of(address))
            self.count([(policy, caller) for policy in policies])


def count_request(limited: str | None) -> None:
    """Count this request: for all that read or write, and for the setting in `limited`, which counts by address.

    Raises TooManyRequests.
    """
    rates: Rates = current_app.extensions["rates"]
    general = rates.policies[READ if request.method in SAFE_METHODS else WRITE]
    special = rates.policies[limited] if limited else []
    if general or special:
        # By address, since whoever registers gets a user that is counted anew.
        here, caller = Caller(network_of(request.remote_addr or "")), _caller()
        rates.count([(policy, here) for policy in special] + [(policy, caller) for policy in general])


def too_many_requests(seconds: float, *, first: bool) -> TooManyRequests:
    """What answers who must wait so many seconds. The audit notes the `first` one of a window only."""
    wait = _whole_seconds(seconds)
    problem = TooManyRequests(f"Try again in {wait} seconds.", headers={"Retry-After": str(wait)})
    if not first:
        problem.audit_event = ""
    return problem


def is_first_rejection(refused: str, seconds: float) -> bool:
    """Whether `refused` was not said before within so many seconds."""
    rates: Rates = current_app.extensions["rates"]
    (count,) = rates.counters.hit(Window(f"refused:{refused}", _whole_seconds(seconds)))
    return count.number == 1


def enabled_rates(setting: str) -> Sequence[RateLimitItem]:
    """The rates in `setting`; none where RATELIMIT_ENABLED is off."""
    rates: Sequence[RateLimitItem] = current_app.config[setting]
    return rates if current_app.config["RATELIMIT_ENABLED"] else ()


def _caller() -> Caller:
    """The user that a valid token names, whose session is not looked at; else the network of the client.

    An API token does not say whose it is without a query.
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
    """Says how it stands: draft-ietf-httpapi-ratelimit-headers-10."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the app does."""

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
    """Count from now on."""
    url, enabled = app.config["RATELIMIT_STORAGE_URL"], app.config["RATELIMIT_ENABLED"]
    policies = {name: _policies(name, app.config[name]) if enabled else [] for name in SETTINGS}
    app.extensions["rates"] = Rates(policies, RedisCounters(url) if url else Counters())
