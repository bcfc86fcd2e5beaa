"""Generate load with wrk."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CONNECTIONS, THREADS = 16, 2
SCRIPT = Path(__file__).parent / "wrk.lua"


class BenchError(Exception):
    """The benchmark cannot continue, or its results would be meaningless."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Requests to send in turn, with JSON bodies.

    `{n}` is replaced by six different digits in each request, `{run}` by a different word in each run.
    """

    targets: Sequence[str]
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    bodies: Sequence[str] = ()
    expected: int = 200
    connections: int = CONNECTIONS

    def request(self, number: int) -> tuple[str, bytes | None]:
        """Return the target and the body of request `number`."""
        target = self.targets[number % len(self.targets)]
        body = self.bodies[number % len(self.bodies)] if self.bodies else ""
        target, body = (
            text.replace("{n}", f"{number:06}").replace("{run}", "one") for text in (target, body)
        )
        return target, body.encode() if body else None


@dataclass(frozen=True, slots=True)
class Load:
    """Results of a run: requests started (answered or not), responses per second, latencies in milliseconds."""

    begun: int
    per_second: float
    p50: float | None = None
    p99: float | None = None


def require_wrk() -> str:
    """Return the path of wrk. Raises BenchError if it is missing."""
    if found := shutil.which("wrk"):
        return found
    raise BenchError(
        "wrk is missing; install it with apt-get install wrk (Debian, Ubuntu) or brew install wrk"
    )


def drive(url: str, plan: Plan, seconds: int) -> Load:
    """Send the requests of `plan` to `url` for some seconds.

    Raises BenchError on an unexpected status or a connection error.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="ascii") as file:
        file.write(_as_lua(plan))
        file.flush()
        command = [
            require_wrk(),
            f"-t{THREADS}",
            f"-c{plan.connections}",
            f"-d{seconds}s",
            "--timeout",
            "20s",
        ]
        command += ["-s", str(SCRIPT), url, "--", file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 60)
    results = [line for line in done.stdout.splitlines() if line.startswith("result\t")]
    if done.returncode or not results:
        raise BenchError(f"wrk failed: {done.stdout}{done.stderr}")
    *numbers, example = results[0].split("\t")[1:]
    requests, duration, p50, p99, wrong, broken = map(int, numbers)
    if wrong or broken:
        what = f"of {requests} requests, {wrong} did not return {plan.expected}, {broken} connections failed"
        raise BenchError(f"{plan.method} {url}{plan.targets[0]}: {what}. {example}")
    # At the end, each connection has one request in flight.
    return Load(requests + plan.connections, requests / duration * 1e6, p50 / 1000, p99 / 1000)


def _as_lua(plan: Plan) -> str:
    headers = ", ".join(f"[{_quoted(name)}] = {_quoted(value)}" for name, value in plan.headers.items())
    targets, bodies = (", ".join(map(_quoted, texts)) for texts in (plan.targets, plan.bodies))
    text = (
        f"return {{method = {_quoted(plan.method)}, targets = {{{targets}}}, bodies = {{{bodies}}}, "
        f"headers = {{{headers}}}, expected = {plan.expected}, nonce = {random.randrange(1_000_000)}}}\n"
    )
    return text.replace("{run}", uuid.uuid4().hex[:12])


def _quoted(text: str) -> str:
    # For printable ASCII, a JSON string is a valid Lua string.
    return json.dumps(text)
