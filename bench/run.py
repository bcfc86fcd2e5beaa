"""`make bench`: measure blog_api, a bare Flask app, a comparable service, and the SQL statements alone."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench import footprint, sides
from bench.cases import Case, add_before, build_cases
from bench.client import check_same, send
from bench.data import Blog, fill, store_picture
from bench.databases import Database, open_database
from bench.earlier import check_out, resolve_commit
from bench.limits import AT_MOST
from bench.load import BenchError, require_wrk
from bench.measure import Results, measure_case
from bench.report import RESULTS, describe, load, replace_section, save
from bench.sides import PRESENT, Code, Pair, Side
from bench.statements import record, write_scripts

README = Path(__file__).parent / "README.md"
CHECKED = 5


def main() -> None:
    """Parse the command line and run. Exit with status 1 and a message if the benchmark fails."""
    options = _read_arguments()
    # Unwind the context managers as on Ctrl-C, so that they stop what they started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results = Results(options.database, options.posts, options.rounds, options.seconds)
    try:
        require_wrk()
        if options.write:
            # Fail before the run if there are no markers.
            replace_section(README.read_text(encoding="utf-8"), results.name, "")
        if options.before:
            results.before = resolve_commit(options.before)
        with tempfile.TemporaryDirectory(prefix="blog-bench-") as folder:
            run(results, options.cases, Path(folder), options.url)
    except BenchError as error:
        _say(describe(results, at_most=options.at_most))
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    smaller = load(RESULTS / f"{options.database}-100000.json") if options.posts > 100_000 else None
    text = describe(results, smaller, options.at_most)
    print(text)
    if not options.cases:
        save(results, text)
    if options.write:
        README.write_text(
            replace_section(README.read_text(encoding="utf-8"), results.name, text), encoding="utf-8"
        )


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000, help="number of posts (default 100000)")
    parser.add_argument(
        "--cases", type=lambda text: text.split(","), help="cases to run, separated by commas"
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="number of rounds; the results are medians (default 3)"
    )
    parser.add_argument(
        "--seconds", type=int, default=5, help="seconds of load per case, side and round (default 5)"
    )
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument(
        "--url",
        help="a PostgreSQL database on this machine to reuse; it is filled if it is empty",
    )
    parser.add_argument(
        "--before", metavar="REV", help="also measure this earlier commit, in the same rounds"
    )
    parser.add_argument(
        "--at-most",
        type=float,
        default=AT_MOST,
        metavar="TIMES",
        help="limit for the service + database CPU of a case, relative to --before (default %(default)s)",
    )
    parser.add_argument("--write", action="store_true", help="insert the tables into bench/README.md")
    return parser.parse_args()


def run(results: Results, names: Sequence[str] | None, folder: Path, url: str | None = None) -> None:
    """Check that all sides return the same, and measure all rounds of the named cases, or of all cases."""
    blog = Blog(results.posts)
    codes = [PRESENT]
    if results.before:
        codes.append(check_out(results.before, folder / "before"))
    with open_database(results.database, folder, url) as database, contextlib.ExitStack() as stack:
        results.version = database.version
        _say(f"writing {blog.posts:,} posts to {database.version}")
        fill(database.url, blog)
        store_picture()
        own, *before = pairs = [stack.enter_context(sides.pair(database.url, code)) for code in codes]
        peer = stack.enter_context(sides.peer(database.url)) if database.pid else None
        cases = build_cases(blog, own.cached, peer)
        if before:
            cases = add_before(cases, blog, before[0].cached)
        cases = [case for case in cases if not names or case.name in names]
        replies = _save_replies(own.cached, cases, folder)
        others = [stack.enter_context(sides.floor(database.url, replies)), *([peer] if peer else [])]
        _check(cases, [pair.cached for pair in pairs] + others[1:])
        scripts = _record(cases, database, folder)
        # Writes come last, since they change what reads return.
        for reads in (True, False):
            for number in range(results.count):
                for case in [case for case in cases if case.reads == reads]:
                    _say(f"round {number + 1} of {results.count}: {case.title}")
                    running = _choose_sides(pairs, case, number) + others
                    measure_case(results, case, running, database, scripts.get(case.name, []))
        if not names:
            _measure_footprint(results, database, cases, codes)


def _choose_sides(pairs: Sequence[Pair], case: Case, number: int) -> list[Side]:
    """Return the instances to use for a case, in reverse order in every other round."""
    chosen = [pair.cached if case.cached else pair.uncached for pair in pairs]
    return chosen if number % 2 else chosen[::-1]


def _save_replies(own: Side, cases: Sequence[Case], folder: Path) -> Path:
    """Save the response body of blog_api for each case, for the floor to return. Return the directory."""
    replies = folder / "replies"
    replies.mkdir()
    for case in cases:
        if case.reads:
            whole = replace(case.plan, headers={}, expected=200)
            (replies / case.name).write_bytes(send(own.url, whole).body)
    return replies


def _check(cases: Sequence[Case], running: Sequence[Side]) -> None:
    for case in [case for case in cases if case.reads]:
        plans = [(side, plan) for side in running if (plan := case.plan_of(side.name))]
        asked = {side.name: (side.url, replace(plan, headers={}, expected=200)) for side, plan in plans}
        for number in range(CHECKED if len(asked) > 1 else 0):
            check_same(number, asked)


def _record(cases: Sequence[Case], database: Database, folder: Path) -> dict[str, list[Path]]:
    if not database.pid:
        return {}
    reads = [case for case in cases if case.reads]
    recorded = {case.name: record(database.url, case.plan) for case in reads}
    # A picture takes no statement.
    return {name: write_scripts(scripts, folder / name) for name, scripts in recorded.items() if any(scripts)}


def _measure_footprint(
    results: Results, database: Database, cases: Sequence[Case], codes: Sequence[Code]
) -> None:
    _say("import time and memory")
    results.import_seconds = footprint.time_imports(database.url, codes)
    for code in codes:
        with sides.blog_api(database.url, code) as side:
            results.memory[code.side] = footprint.worker_memory(side, cases)
    if database.pid:
        with sides.peer(database.url) as peer:
            # Its memory is stable after fewer requests.
            results.memory["peer"] = footprint.worker_memory(peer, cases, footprint.REQUESTS // 10)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
