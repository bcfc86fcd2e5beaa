"""Measure the cost and the throughput of each step of scaling: two services behind nginx, PgBouncer, a replica, Redis.

All run on one machine, so the CPU time per request is the figure to plan with; the requests per second show only that
the step works.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from bench.cases import JSON, UNSEEN
from bench.client import send
from bench.data import PASSWORD, Blog, fill
from bench.databases import Database, open_database
from bench.load import Plan, drive
from bench.processes import cpu_ms, wait_until_idle
from bench.sides import PRESENT, Side, blog_api
from tests.nginx import serving
from tests.pgbouncer import pgbouncer
from tests.postgres import free_port
from tests.redis_server import redis_server
from tests.replication import run_sql, streaming_replica, wait_for_replica

NGINX = """
upstream blog {{ {servers} keepalive 32; }}
server {{
    listen 127.0.0.1:{port};
    location / {{
        proxy_pass http://blog;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Setup:
    """A running set of servers: its URL, and the processes to count as service and as database."""

    url: str
    services: tuple[int, ...]
    databases: tuple[int, ...]


def _one(stack: ExitStack, database: Database, **settings: str) -> Setup:
    side = stack.enter_context(blog_api(database.url, PRESENT, **settings))
    return Setup(side.url, (side.pid,), (database.pid or 0,))


def _two(stack: ExitStack, database: Database) -> Setup:
    sides: list[Side] = [stack.enter_context(blog_api(database.url)) for _ in range(2)]
    port = free_port()
    servers = " ".join(f"server {urlsplit(side.url).netloc};" for side in sides)
    stack.enter_context(serving(NGINX.format(servers=servers, port=port), port))
    return Setup(f"http://127.0.0.1:{port}", tuple(side.pid for side in sides), (database.pid or 0,))


def _pooled(stack: ExitStack, database: Database) -> Setup:
    pooled = stack.enter_context(pgbouncer(database.url, default_pool_size="10"))
    side = stack.enter_context(blog_api(pooled, DATABASE_POOLED="true"))
    return Setup(side.url, (side.pid,), (database.pid or 0,))


def _replicated(stack: ExitStack, database: Database) -> Setup:
    replica = stack.enter_context(streaming_replica(database.url))
    wait_for_replica(database.url, replica)
    side = stack.enter_context(blog_api(database.url, DATABASE_REPLICA_URL=replica))
    standby = stack.enter_context(open_database("postgresql", Path(), replica))
    return Setup(side.url, (side.pid,), (database.pid or 0, standby.pid or 0))


def _limited(stack: ExitStack, database: Database) -> Setup:
    redis = stack.enter_context(redis_server())
    limits = {"RATELIMIT_STORAGE_URL": redis.url, "RATELIMIT_READ": "1000000 per minute"}
    return _one(stack, database, **limits)


SETUPS: dict[str, Callable[[ExitStack, Database], Setup]] = {
    "one service": _one,
    "two services behind nginx": _two,
    "PgBouncer": _pooled,
    "a replica for reads": _replicated,
    "rate limits in Redis": _limited,
}


def _plans(setup: Setup) -> Iterator[tuple[str, Plan]]:
    """Yield a read from the response cache, another read, and a write."""
    yield "cached read", Plan(["/api/v1/posts"])
    yield "other read", Plan([f"/api/v1/posts?{UNSEEN}"])
    account = Plan(
        ["/api/v1/auth/login"], "POST", JSON, [json.dumps({"username": "author-1", "password": PASSWORD})]
    )
    token = send(setup.url, account).json["access_token"]
    post = {
        "title": "Post {n} {run}",
        "content": "Some words. " * 250,
        "status": "published",
        "tags": ["big"],
    }
    yield (
        "write",
        Plan(
            ["/api/v1/posts"], "POST", {**JSON, "Authorization": f"Bearer {token}"}, [json.dumps(post)], 201
        ),
    )


def measure(setup: Setup, plan: Plan, rounds: int) -> tuple[float, float, float]:
    """Return the CPU milliseconds of services and databases per request, and requests per second: medians."""
    drive(setup.url, plan, 1)
    found = []
    for _ in range(rounds):
        roots = (setup.services, setup.databases)
        before = [sum(map(cpu_ms, pids)) for pids in roots]
        load = drive(setup.url, plan, 1)
        wait_until_idle([pid for pids in roots for pid in pids])
        spent = [sum(map(cpu_ms, pids)) - cost for pids, cost in zip(roots, before, strict=True)]
        found.append((*(cost / load.begun for cost in spent), load.per_second))
    service, database, per_second = (median(column) for column in zip(*found, strict=True))
    return service, database, per_second


def main() -> None:
    """Measure all setups, and print a table."""
    parser = argparse.ArgumentParser(prog="scaling", description="Measure what each step of scaling costs.")
    parser.add_argument("--posts", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print("| servers | request | service CPU ms | database CPU ms | requests/s |\n|---|---|--:|--:|--:|")
    with (
        tempfile.TemporaryDirectory() as folder,
        open_database("postgresql", Path(folder)) as database,
    ):
        fill(database.url, Blog(options.posts))
        ((size,),) = run_sql(database.url, "SELECT pg_database_size(current_database())")
        for name, start in SETUPS.items():
            with ExitStack() as stack:
                setup = start(stack, database)
                for kind, plan in _plans(setup):
                    service, spent, per_second = measure(setup, plan, options.rounds)
                    print(
                        f"| {name} | {kind} | {service:.2f} | {spent:.2f} | {per_second:,.0f} |", flush=True
                    )
    print(f"\n{int(str(size)) / options.posts / 1000:.1f} kB of database per post.")


if __name__ == "__main__":
    main()
