"""Load on one address of the loopback interface: wrk, for a bounded time."""

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
    """The benchmark cannot go on, or its figures would mean nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Requests to send in turn; bodies are JSON. Each request has other six digits for `{n}`, each run of
    load another word for `{run}`."""

    targets: Sequence[str]
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    bodies: Sequence[str] = ()
    expected: int = 200
    connections: int = CONNECTIONS

    def request(self, number: int) -> tuple[str, bytes | None]:
        """The target and the body of request `number`."""
        target = self.targets[number % len(self.targets)]
        body = self.bodies[number % len(self.bodies)] if self.bodies else ""
        target, body = (
            text.replace("{n}", f"{number:06}").replace("{run}", "one") for text in (target, body)
        )
        return target, body.encode() if body else None


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it: requests begun, whether or not they were answered in time, answers a second, milliseconds."""

    begun: int
    per_second: float
    p50: float | None = None
    p99: float | None = None


def require_wrk() -> str:
    """The path of wrk. Raises BenchError where it is missing."""
    if found := shutil.which("wrk"):
        return found
    raise BenchError("wrk is missing; get it by: apt-get install wrk (Debian, Ubuntu), or brew install wrk")


def drive(url: str, plan: Plan, seconds: int) -> Load:
    """Send `plan` to the service at `url` for so many seconds.

    Raises BenchError where a reply has another status than expected, or a connection fails.
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
        what = f"{wrong} replies were not {plan.expected}, {broken} connections broke, of {requests} requests"
        raise BenchError(f"{plan.method} {url}{plan.targets[0]}: {what}. {example}")
    # Each connection has a request under way, whenever it ends.
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
    # What JSON writes for printable ASCII is a string of Lua as well.
    return json.dumps(text)
