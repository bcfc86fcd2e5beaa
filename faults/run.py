"""`make faults`: inject faults under load, and print what clients notice."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from faults.cases import CASES, Case
from faults.limits import Result
from faults.report import heading, row
from faults.runner import run_case

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Parse the command line and run. Exit with status 1 if a limit was exceeded."""
    options = _read_arguments()
    # Unwind the context managers as on Ctrl-C, so that they stop what they started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        print(heading(), flush=True)
        results = [_play(case, options.seconds) for case in options.cases]
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(any(result.exceeded for result in results))


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("--cases", type=_read_cases, default=CASES, help="cases to run, separated by commas")
    parser.add_argument("--seconds", type=float, default=10, help="duration of each fault (default 10)")
    return parser.parse_args()


def _read_cases(names: str) -> Sequence[Case]:
    by_name = {case.name: case for case in CASES}
    if unknown := [name for name in names.split(",") if name not in by_name]:
        raise argparse.ArgumentTypeError(
            f"unknown case {', '.join(unknown)}; choose from {', '.join(by_name)}"
        )
    return [by_name[name] for name in names.split(",")]


def _play(case: Case, seconds: float) -> Result:
    _say(f"{case.name}: {case.title}")
    result = run_case(case, seconds, RESULTS)
    print(row(result), flush=True)
    for answer, count in result.answers.most_common(5):
        _say(f"  {count} times {answer}")
    for limit in result.exceeded:
        _say(f"  exceeded: {limit}")
    return result


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
