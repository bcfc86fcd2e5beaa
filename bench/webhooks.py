"""`python -m bench.webhooks`: send changes to three webhooks, one of which hangs.

Measure how long the other two take, with and without the one that hangs, in turn. The receivers run in this process,
and the worker in one of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, create_engine, text

from bench.databases import open_database
from bench.load import BenchError
from bench.processes import cpu_ms
from tests.apps import migrate
from tests.receiver import Receiver, receiving
from tests.worker import working

MAXIMUM = 1.1  # times as long as without the webhook that hangs
SECONDS = 600
# Posts that do not exist, so that the messages need no other rows.
CHANGES = (
    "INSERT INTO changes (type, entity_id, public, at) SELECT 'post.updated', n, true, now() FROM {numbers}"
)
NUMBERS = {
    "postgresql": "generate_series(1, :events) n",
    "sqlite": "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :events) SELECT n FROM s)",
}
ENDPOINT = """
    INSERT INTO webhooks (url, events, kind, is_active, secret, position)
    SELECT :url, '["*"]', 'event', true, 'whsec_AAAA', coalesce((SELECT position FROM change_feed), 0)
"""


def main() -> None:
    """Run the rounds, and print the times and their ratio."""
    parser = argparse.ArgumentParser(prog="bench.webhooks", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000, help="changes per round (default 10000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each kind (default 3)")
    parser.add_argument("--database", choices=list(NUMBERS), default="postgresql")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_database(options.database, Path(folder)) as database,
        contextlib.closing(Endpoints(migrate(database.url))) as endpoints,
    ):
        print(f"{options.events:,} changes to two webhooks, {database.version}\n")
        print("| round | alone | beside one that hangs | times | CPU of the worker |\n|---|---|---|---|---|")
        ratios = []
        for number in range(options.rounds):
            alone, beside = (endpoints.measure(options.events, hanging=hanging) for hanging in (False, True))
            ratios.append(
                max(second / first for first, second in zip(alone.times, beside.times, strict=True))
            )
            cells = (number + 1, alone, beside, f"{ratios[-1]:.2f}", f"{beside.cpu / alone.cpu:.2f} times")
            print(f"| {' | '.join(map(str, cells))} |", flush=True)
        print(f"\nmedian {statistics.median(ratios):.2f} times, at most {MAXIMUM}")


class Measurement(NamedTuple):
    """The seconds from the first to the last message of each receiver that works, and the CPU time of the worker."""

    times: Sequence[float]
    cpu: float

    def __str__(self) -> str:
        return ", ".join(f"{seconds:.1f} s" for seconds in self.times) + f" (CPU {self.cpu / 1000:.1f} s)"


class Endpoints:
    """The webhooks of a database, and the worker that sends to them."""

    def __init__(self, url: str) -> None:
        self._url, self._engine = url, create_engine(url)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def measure(self, events: int, *, hanging: bool) -> Measurement:
        """Send this number of changes to the two receivers that work, and perhaps to the one that hangs."""
        with receiving() as first, receiving() as second, _hanging() as third, self._empty() as engine:
            for receiver in (first, second, *([third] if hanging else [])):
                self._run(engine, ENDPOINT, url=receiver.url)
            clocks = [_Clock(receiver, events) for receiver in (first, second)]
            self._run(engine, CHANGES.format(numbers=NUMBERS[engine.dialect.name]), events=events)
            with working(self._url, WEBHOOKS_ALLOW="127.0.0.1") as worker:
                found = Measurement([clock.wait() for clock in clocks], cpu_ms(worker.pid))
        if any(len({one.message_id for one in receiver.received}) != events for receiver in (first, second)):
            raise BenchError("messages are missing")
        if hanging != bool(third.received):
            raise BenchError("the third receiver got no message")
        return found

    @contextlib.contextmanager
    def _empty(self) -> Iterator[Engine]:
        yield self._engine
        for table in ("webhook_deliveries", "webhooks", "changes"):
            self._run(self._engine, f"DELETE FROM {table}")  # noqa: S608

    @staticmethod
    def _run(engine: Engine, statement: str, **values: object) -> None:
        with engine.begin() as connection:
            connection.execute(text(statement), values)


class _Clock:
    """Measures the time from the first to the last message of a receiver."""

    def __init__(self, receiver: Receiver, expected: int) -> None:
        self._times: list[float] = []
        self._done = threading.Event()
        self._expected = expected
        receiver.answer = self._answer

    def _answer(self, _request: object) -> int:
        self._times.append(time.monotonic())
        if len(self._times) >= self._expected:
            self._done.set()
        return 204

    def wait(self) -> float:
        """Wait for the last message, and return the seconds. Raises BenchError."""
        if not self._done.wait(SECONDS):
            raise BenchError(f"only {len(self._times)} of {self._expected} messages arrived in {SECONDS} s")
        return self._times[-1] - self._times[0]


@contextlib.contextmanager
def _hanging() -> Iterator[Receiver]:
    released = threading.Event()
    with receiving() as receiver:
        receiver.answer = lambda _request: 204 if released.wait(SECONDS) else 500
        try:
            yield receiver
        finally:
            released.set()


if __name__ == "__main__":
    main()
