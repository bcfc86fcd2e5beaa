"""`python -m bench.readers`: measure the database time of related posts, neighbours and the personal feed.

Replays the SQL statements of each request on one connection, and prints the CPU time that PostgreSQL takes to plan and
execute them, with the limit.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from statistics import median

import psycopg2
from psycopg2.extensions import cursor
from sqlalchemy import make_url

from bench.data import PASSWORD, Blog, fill
from bench.databases import open_database
from bench.load import BenchError, Plan
from bench.processes import precise_cpu_ms
from bench.sides import BENCH_SETTINGS
from bench.statements import MAX_SCRIPTS, record
from blog_api import create_app
from blog_api.database.session import db

ROUNDS = 20
# The first account follows authors of the blog, the second one authors who have only old posts.
FOLLOWS = """
INSERT INTO users (username, username_key, display_name, role, is_active)
    SELECT 'quiet-' || n, 'quiet-' || n, 'Quiet', 'author', true FROM generate_series(1, 1000) AS n
    ON CONFLICT DO NOTHING;
INSERT INTO posts (slug, title, content, author_id, status, published_at)
    SELECT username || '-' || n, 'Old', '', id, 'published', timestamptz '2010-01-01Z' + (id + n) * interval '1 hour'
    FROM users, generate_series(1, 5) AS n WHERE username LIKE 'quiet-%' ON CONFLICT DO NOTHING;
INSERT INTO post_authors (post_id, user_id, position)
    SELECT id, author_id, 0 FROM posts WHERE slug LIKE 'quiet-%' ON CONFLICT DO NOTHING;
INSERT INTO follows (follower_id, author_id)
    SELECT 1, id FROM users WHERE id BETWEEN 2 AND 1001 ON CONFLICT DO NOTHING;
INSERT INTO follows (follower_id, author_id)
    SELECT 2, id FROM users WHERE username LIKE 'quiet-%' ON CONFLICT DO NOTHING;
VACUUM ANALYZE follows;
VACUUM ANALYZE post_authors"""


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
        with connected(database.url) as opened:
            for statement in FOLLOWS.split(";"):
                opened.execute(statement)
        print("| request | ms | at most |\n|---|--:|--:|")
        for name, limit, plan in cases(database.url, blog):
            print(f"| {name} | {measure(database.url, plan):.2f} | {limit} |", flush=True)


def cases(url: str, blog: Blog) -> Iterator[tuple[str, str, Plan]]:
    """Yield the name, the limit and the requests of each case."""
    public = [number for number in range(1, blog.posts + 1) if blog.is_public(number)]
    ids = random.Random(7).sample(public, MAX_SCRIPTS)
    yield "related posts", "5", Plan([f"/api/v1/posts/{number}/related" for number in ids])
    yield "neighbours", "", Plan([f"/api/v1/posts/{number}/neighbours" for number in ids])
    in_tag = [f"/api/v1/posts/{number}/neighbours?tag=big" for number in ids]
    yield "neighbours in a tag", "", Plan(in_tag)
    for number, authors in ((1, "1,000 authors"), (2, "1,000 authors with old posts only")):
        headers = {"Authorization": f"Bearer {log_in(url, f'author-{number}')}"}
        yield f"personal feed of {authors}", "15", Plan(["/api/v1/posts?followed=true"], headers=headers)


def log_in(url: str, username: str) -> str:
    """Return an access token."""
    app = create_app({**BENCH_SETTINGS, "DATABASE_URL": url, "LOG_LEVEL": "CRITICAL"})
    login = {"username": username, "password": PASSWORD}
    reply = app.test_client().post("/api/v1/auth/login", json=login).json
    with app.app_context():
        db.engine.dispose()
    if reply is None or "access_token" not in reply:
        raise BenchError(f"the login of {username} failed: {reply}")
    return str(reply["access_token"])


@contextlib.contextmanager
def connected(url: str) -> Iterator[cursor]:
    """Yield a cursor that commits each statement."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection.cursor() as opened:
        connection.autocommit = True
        yield opened


def measure(url: str, plan: Plan) -> float:
    """Return the CPU milliseconds of the database per request: the median of the rounds."""
    scripts = record(url, plan)
    with connected(url) as opened:
        rounds = []
        for _ in range(ROUNDS):
            before = precise_cpu_ms(opened.connection.info.backend_pid)
            for statement in chain.from_iterable(scripts):
                opened.execute(statement)
            spent = precise_cpu_ms(opened.connection.info.backend_pid) - before
            rounds.append(spent / len(scripts))
    return median(rounds)


if __name__ == "__main__":
    main()
