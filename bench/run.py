"""`make bench`: measure blog_api beside its floor, its peer and the bare statements, and print what it costs."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
from sqlalchemy import make_url

from bench import cases, sides
from bench.cases import Case, send
from bench.data import Blog, fill
from bench.load import BenchError, require_wrk
from bench.measure import Database, Results, measure_case
from bench.processes import parent_of
from bench.report import table
from bench.statements import record, write_scripts
from tests.postgres import create_database, throwaway_cluster

# Everything else is PostgreSQL's default, as in production: commits wait for the disk.
POSTGRESQL = {"shared_buffers": "256MB"}


def main() -> None:
    """Read the command line and run. Ends with status 1 and a sentence where the benchmark cannot go on."""
    options = _read_arguments()
    # As Ctrl-C: every `with` on the way stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        require_wrk()
        with tempfile.TemporaryDirectory(prefix="blog-bench-") as folder:
            results = run(options, Path(folder))
        print(table(results))
    except BenchError as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000, help="how many posts (default 100000)")
    parser.add_argument("--cases", default="", help="only these, separated by commas")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the median counts (default 3)")
    parser.add_argument("--seconds", type=float, default=5, help="of load for each case, side and round")
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    return parser.parse_args()


def run(options: argparse.Namespace, folder: Path) -> Results:
    """All rounds of the chosen cases."""
    blog = Blog(options.posts)
    with _database(options.database, folder) as database, contextlib.ExitStack() as stack:
        print(f"writing {blog.posts:,} posts to {options.database}", flush=True)
        fill(database.url, blog)
        own = stack.enter_context(sides.blog_api(database.url))
        chosen = [
            case for case in cases.lists(blog) if case.name in options.cases.split(",") or not options.cases
        ]
        replies = folder / "replies"
        replies.mkdir()
        for case in chosen:
            (replies / case.name).write_bytes(send(own, case.plan).body)
        running = [own, stack.enter_context(sides.floor(database.url, replies))]
        if database.pid is not None:
            running.append(stack.enter_context(sides.peer(database.url)))
        scripts = {
            case.name: write_scripts(record(database.url, case.plan), folder / case.name) for case in chosen
        }
        results = Results()
        for number in range(options.rounds):
            for case in chosen:
                print(f"round {number + 1} of {options.rounds}: {case.title}", flush=True)
                measure_case(results, case, running, database, scripts[case.name], options.seconds)
        return results


@contextlib.contextmanager
def _database(kind: str, folder: Path) -> Iterator[Database]:
    if kind == "sqlite":
        yield Database(f"sqlite:///{folder / 'bench.db'}")
        return
    with throwaway_cluster(POSTGRESQL) as server:
        url = create_database(server, "bench")
        with contextlib.closing(
            psycopg2.connect(make_url(url).set(drivername="postgresql").render_as_string())
        ) as c:
            yield Database(url, parent_of(c.info.backend_pid))


if __name__ == "__main__":
    main()
