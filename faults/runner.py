"""Run a case: load before, during and after the fault, then check the writes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from faults import writes
from faults.cases import Case
from faults.environment import Environment, FaultsError, set_up
from faults.limits import Result
from faults.load import Load, Outcome
from faults.writes import Ledger

# Seconds of load before and after the fault, or as long as the fault if that is shorter.
BEFORE, AFTER = 2, 4
REPEATS_A_SECOND = 50
CREATED = 201


def run_case(case: Case, seconds: float, logs: Path) -> Result:
    """Run a case and return its result. If a limit was exceeded, save the log of the service in `logs`."""
    result = Result(case)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="blog-faults-") as folder,
            set_up(case.database, Path(folder), seconds, case.settings, small_disk=case.small_disk) as env,
        ):
            case.prepare(env)
            _run_on(env, result)
            if result.exceeded:
                logs.mkdir(exist_ok=True)
                (logs / f"{case.name}.log").write_text(env.service.read_output(), encoding="utf-8")
    except pytest.skip.Exception as reason:
        result.skipped = str(reason)
    return result


def _run_on(env: Environment, result: Result) -> None:
    """Run the load with the fault, and check the writes."""
    token = env.log_in()
    requests = writes.make_requests(token, env.create_preview(token))
    with Load(env.url, requests, result.case.rate) as env.load:
        time.sleep(min(BEFORE, env.seconds))
        try:
            result.own = result.case.fault(env)
        except FaultsError as error:
            result.failed = str(error)
        ended = time.monotonic()
        time.sleep(min(AFTER, env.seconds))
    result.deadline = env.deadline
    result.count(env.load.outcomes, ended)
    _reconcile(result, env, env.load.outcomes)


def _reconcile(result: Result, env: Environment, outcomes: Sequence[Outcome]) -> None:
    """Compare the responses to writes with the database, and retry unacknowledged new posts."""
    ledger, applied = Ledger.of(outcomes), writes.read_applied(env.engine)
    result.acknowledged = len(ledger.acknowledged)
    result.lost = len(ledger.lost(applied))
    with Load(env.url, ledger.pictures(), REPEATS_A_SECOND) as pictures:
        served = pictures.finish()
    result.lost += sum(not (one.is_good and one.reply and one.reply.body) for one in served)
    result.unknown = len(ledger.unknown)
    result.refused_yet_applied = len(ledger.refused_yet_applied(applied))
    repeats = ledger.to_retry()
    result.retried = len(repeats)
    with Load(env.url, repeats, REPEATS_A_SECOND) as again:
        answered = again.finish()
    applied = writes.read_applied(env.engine)
    wrong = [one for one in answered if one.status != CREATED or applied.created[one.request.mark] != 1]
    result.retried_wrongly = len(wrong)
    result.miscounted = writes.count_miscounted(env.engine)
