"""Simulate the service under growing load: response times by requests per second, for several sets of servers.

Requests arrive at random, queue for a core of the service, then for a core of the database, and take the CPU time that
was measured. The same arrivals are drawn on every run. `--picture FILE.svg` needs matplotlib (`make scaling`).
"""

from __future__ import annotations

import argparse
import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path

SEED, REQUESTS = 7, 50_000
# The limit for the response time of 99 of 100 requests, in milliseconds.
TOO_SLOW = 100.0


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of request: its share, and its CPU time in the service and the database in milliseconds."""

    name: str
    share: float
    service: float
    database: float
    reads: bool = True


# `repeat`, `newest` and `create` of bench/README.md. The shares are those of a blog with many readers.
MIX = (
    Kind("read from the response cache", 0.80, 1.23, 0.14),
    Kind("other read", 0.195, 3.27, 1.91),
    Kind("write", 0.005, 9.33, 4.00, reads=False),
)


@dataclass(frozen=True, slots=True)
class Servers:
    """A set of servers: cores of the service, of the primary and of replicas, and the share of reads a CDN answers."""

    name: str
    service: int
    database: int
    replica: int = 0
    edge: float = 0.0


SETS = (
    Servers("one server with two cores", 1, 1),
    Servers("service 4 cores, database 2", 4, 2),
    Servers("service 16 cores, database 4, replica 4", 16, 4, 4),
    Servers("service 4 cores, database 2, CDN 95 %", 4, 2, 0, 0.95),
)


def _queue(arrivals: Sequence[tuple[float, float]], cores: int) -> list[float]:
    """Return when each job ends, in order: (arrival, CPU time), first come, first served, on a number of cores."""
    free = [0.0] * cores
    ends = []
    for arrival, seconds in arrivals:
        end = max(arrival, heapq.heappop(free)) + seconds
        heapq.heappush(free, end)
        ends.append(end)
    return ends


@lru_cache
def _requests(edge: float) -> list[tuple[float, Kind]]:
    """Return the arrival time and the kind of each request that reaches the service, at one request per second."""
    source, now = random.Random(SEED), 0.0
    shares, arrived = [kind.share for kind in MIX], list[tuple[float, Kind]]()
    while len(arrived) < REQUESTS:
        now += source.expovariate(1)
        (kind,) = source.choices(MIX, shares)
        if not (kind.reads and source.random() < edge):
            arrived.append((now, kind))
    return arrived


def response_times(per_second: float, servers: Servers) -> list[float]:
    """Return the response times in milliseconds, sorted."""
    asked = [(at / per_second, kind) for at, kind in _requests(servers.edge)]
    served = _queue([(at, kind.service / 1000) for at, kind in asked], servers.service)
    ends = dict[int, float]()
    for cores, on_replica in ((servers.database, False), (servers.replica, True)):
        jobs = sorted(
            (served[number], number)
            for number, (_, kind) in enumerate(asked)
            if (kind.reads and servers.replica > 0) is on_replica
        )
        costs = [(at, asked[number][1].database / 1000) for at, number in jobs]
        ends |= dict(zip((number for _, number in jobs), _queue(costs, cores or 1), strict=True))
    return sorted((ends[number] - at) * 1000 for number, (at, _) in enumerate(asked))


def p99(per_second: float, servers: Servers) -> float:
    """Return the response time in milliseconds that 99 of 100 requests do not exceed."""
    times = response_times(per_second, servers)
    return times[len(times) * 99 // 100]


def capacity(servers: Servers) -> int:
    """Return the highest rate at which 99 of 100 requests are fast enough, to two digits."""
    low, high = 1.0, 1_000_000.0
    while high / low > 1.01:
        middle = (low * high) ** 0.5
        low, high = (middle, high) if p99(middle, servers) < TOO_SLOW else (low, middle)
    return int(float(f"{low:.2g}"))


def draw(file: Path) -> None:
    """Draw p99 by requests per second, with a line for each set of servers."""
    pyplot = import_module("matplotlib.pyplot")
    import_module("matplotlib").rcParams.update({"svg.hashsalt": "blog", "svg.fonttype": "none"})
    figure, axes = pyplot.subplots(figsize=(8, 4.5))
    for servers in SETS:
        limit = capacity(servers)
        rates = [limit * step / 25 for step in range(1, 26)]
        axes.plot(rates, [p99(rate, servers) for rate in rates], label=f"{servers.name}: {limit:,}")
    axes.set(xscale="log", yscale="log", xlabel="requests per second", ylabel="99th percentile, ms")
    axes.axhline(TOO_SLOW, color="grey", linestyle=":")
    axes.grid(alpha=0.3)
    axes.legend(
        title="requests per second within 100 ms", loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2
    )
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    """Print the capacity of each set of servers, and draw the curves if asked."""
    parser = argparse.ArgumentParser(
        prog="simulation", description="Simulate the service under growing load."
    )
    parser.add_argument("--picture", type=Path, metavar="FILE.svg")
    options = parser.parse_args()
    print("| servers | requests per second within 100 ms |\n|---|--:|")
    for servers in SETS:
        print(f"| {servers.name} | {capacity(servers):,} |")
    if options.picture:
        draw(options.picture)


if __name__ == "__main__":
    main()
