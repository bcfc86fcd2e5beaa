"""Single requests, to prepare cases and to check that all sides return the same."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any

from bench.load import BenchError, Plan


@dataclass(frozen=True, slots=True)
class Reply:
    """The response to a request."""

    status: int
    # Names are case-insensitive.
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def shown(self) -> list[int] | bytes:
        """The ids of the posts, in order, or a picture. A page is an object or a list."""
        if self.headers["Content-Type"] == "image/webp":
            return self.body
        shown = self.json
        posts = shown.get("data", [shown]) if isinstance(shown, dict) else shown
        return [post["id"] for post in posts]


def send(url: str, plan: Plan, number: int = 0) -> Reply:
    """Send request `number` of `plan` to `url`, and return the response.

    Raises BenchError on an unexpected status.
    """
    target, body = plan.request(number)
    request = urllib.request.Request(url + target, body, dict(plan.headers), method=plan.method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            reply = Reply(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            reply = Reply(error.code, error.headers, error.read())
    if reply.status != plan.expected:
        raise BenchError(f"{plan.method} {url}{target} returned {reply.status}: {reply.body[:300]!r}")
    return reply


def check_same(number: int, urls_and_plans: Mapping[str, tuple[str, Plan]]) -> None:
    """Raise BenchError unless all sides return the same posts in the same order, or the same picture."""
    found = {name: send(url, plan, number).shown for name, (url, plan) in urls_and_plans.items()}
    if len({tuple(shown) for shown in found.values()}) > 1 or not all(found.values()):
        raise BenchError(f"the sides do not return the same posts: {found}")
