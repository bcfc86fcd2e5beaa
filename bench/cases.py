"""The cases: which requests are sent to each side."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.data import PASSWORD, Blog
from bench.load import BenchError, Plan
from bench.sides import Side

API = "/api/v1"
# A time that is different in each request and after all posts: no reply to it can have been kept.
NEW = "published_before=2100-01-01T00:00:00.{n}Z"
TARGETS = 200


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table. A side without a plan has no part in it; `absent` says that the service cannot do it."""

    name: str
    title: str
    plan: Plan
    peer: Plan | None = None
    floor: Plan | None = None
    absent: str | None = None

    @property
    def is_read(self) -> bool:
        return self.plan.method == "GET"


@dataclass(frozen=True, slots=True)
class Reply:
    """What one request got."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def send(side: Side, plan: Plan, number: int = 0, **headers: str) -> Reply:
    """The reply of `side` to request `number` of `plan`. Raises BenchError where its status is not the expected one."""
    digits = f"{number:06}"
    body = plan.body.replace("{n}", digits).encode() if plan.body else None
    target = plan.targets[number % len(plan.targets)].replace("{n}", digits)
    request = urllib.request.Request(side.url + target, body, {**plan.headers, **headers}, method=plan.method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            reply = Reply(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            reply = Reply(error.code, error.headers, error.read())
    if reply.status != plan.expected:
        raise BenchError(f"{side.name}: {plan.method} {target} gave {reply.status}: {reply.body[:300]!r}")
    return reply


def lists(blog: Blog) -> list[Case]:
    """The first page of the whole list, of authors and of tags."""
    step = blog.authors // min(TARGETS, blog.authors)
    authors = [f"author-{number}" for number in range(1, blog.authors + 1, step)]
    found = [
        _list("newest", "newest 20", [""]),
        _list("author", "20 by author", [f"&author={name}" for name in authors]),
        _list("tag-rare", "20 by tag, rare", ["&tag=rare"]),
        _list("tag-big", "20 by tag, on a third of all posts", ["&tag=big"]),
    ]
    offset = (blog.deep_page - 1) * 20
    return [*found, _list("offset", f"page {blog.deep_page:,} by offset", [f"&offset={offset}"])]


def _list(name: str, title: str, filters: list[str]) -> Case:
    plan = Plan([f"{API}/posts?limit=20&{NEW}{text}" for text in filters])
    return Case(name, title, plan, peer=Plan([f"/posts?limit=20{text}" for text in filters]))
