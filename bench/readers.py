"""`python -m bench.readers`: measure the database time of what readers request next to posts.

Replays the SQL statements of each request on one connection, and prints the time that PostgreSQL takes to plan and
execute them, with the limit.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import psycopg2
from sqlalchemy import make_url

from bench.data import Blog, fill
from bench.databases import open_database
from bench.load import Plan
from bench.statements import MAX_SCRIPTS, record

ROUNDS = 5


def main() -> None:
    """Measure all cases, and print a table."""
    parser = argparse.ArgumentParser(prog="bench.readers", description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000)
    parser.add_argument("--url", help="a PostgreSQL database to use and keep")
    options = parser.parse_args()
    blog = Blog(options.posts)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_database("postgresql", Path(folder), options.url) as database,
    ):
        fill(database.url, blog)
        print("| request | median ms | p95 ms | median at most |\n|---|--:|--:|--:|")
        for name, limit, plan in cases(blog):
            times = measure(database.url, plan)
            figures = f"{median(times):.2f} | {quantiles(times, n=20)[-1]:.2f} | {limit}"
            print(f"| {name} | {figures} |", flush=True)


def cases(blog: Blog) -> Iterator[tuple[str, str, Plan]]:
    """Yield the name, the limit and the requests of each case."""
    public = [number for number in range(1, blog.posts + 1) if blog.is_public(number)]
    ids = random.Random(7).sample(public, MAX_SCRIPTS)
    yield "related posts", "5", Plan([f"/api/v1/posts/{number}/related" for number in ids])
    yield "neighbours", "", Plan([f"/api/v1/posts/{number}/neighbours" for number in ids])
    in_tag = [f"/api/v1/posts/{number}/neighbours?tag=big" for number in ids]
    yield "neighbours in a tag", "", Plan(in_tag)


def measure(url: str, plan: Plan) -> list[float]:
    """Return the milliseconds of all statements of each request, the median of some rounds."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        times = []
        for statements in record(url, plan):
            rounds = []
            for _ in range(ROUNDS):
                begun = time.perf_counter()
                for statement in statements:
                    cursor.execute(statement)
                rounds.append((time.perf_counter() - begun) * 1000)
            times.append(median(rounds))
    return times


if __name__ == "__main__":
    main()
