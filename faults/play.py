"""Play one case: load before the fault, during it and after it, and then the ledger."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from faults import writes
from faults.bars import Result
from faults.cases import Case
from faults.load import Load, Outcome
from faults.stage import FaultsError, Stage, set_up
from faults.writes import Ledger

# Seconds of load before the fault and after it, unless the fault itself is as short.
BEFORE, AFTER = 2, 4
REPEATS_A_SECOND = 50
CREATED = 201


def run_case(case: Case, seconds: float, logs: Path) -> Result:
    """The figures of the case. Where a bar was missed, the log of the service is kept in `logs`."""
    result = Result(case)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="blog-faults-") as folder,
            set_up(case.database, Path(folder), seconds, case.settings, small_disk=case.small_disk) as stage,
        ):
            case.prepare(stage)
            _run_on(stage, result)
            if result.missed:
                logs.mkdir(exist_ok=True)
                (logs / f"{case.name}.log").write_text(stage.service.read_output(), encoding="utf-8")
    except pytest.skip.Exception as reason:
        result.skipped = str(reason)
    return result


def _run_on(stage: Stage, result: Result) -> None:
    """The load, the fault in its midst, and the ledger."""
    token = stage.log_in()
    with Load(stage.url, writes.make_requests(token), result.case.rate) as stage.load:
        time.sleep(min(BEFORE, stage.seconds))
        try:
            result.own = result.case.fault(stage)
        except FaultsError as error:
            result.failed = str(error)
        ended = time.monotonic()
        time.sleep(min(AFTER, stage.seconds))
    result.deadline = stage.deadline
    result.count(stage.load.outcomes, ended)
    _reconcile(result, stage, stage.load.outcomes)


def _reconcile(result: Result, stage: Stage, outcomes: Sequence[Outcome]) -> None:
    """Compare what clients were told with what the database holds, and send again what nobody has acknowledged."""
    ledger, applied = Ledger.of(outcomes), writes.read_applied(stage.engine)
    result.acknowledged = len(ledger.acknowledged)
    result.lost = len(ledger.lost(applied))
    result.unknown = len(ledger.unknown)
    result.refused_yet_applied = len(ledger.refused_yet_applied(applied))
    repeats = ledger.to_retry()
    result.retried = len(repeats)
    with Load(stage.url, repeats, REPEATS_A_SECOND) as again:
        answered = again.finish()
    applied = writes.read_applied(stage.engine)
    wrong = [one for one in answered if one.status != CREATED or applied.created[one.request.mark] != 1]
    result.retried_wrongly = len(wrong)
