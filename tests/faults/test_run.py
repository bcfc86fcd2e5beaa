"""Tests of the fault injection harness: a short run and the evaluation of results."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace

import pytest

from faults import run
from faults.cases import CASES
from faults.limits import Limit, Result
from faults.load import NoResponse, Outcome, Reply, Request
from faults.report import heading, row
from faults.runner import run_case
from faults.writes import Applied, Ledger

BY_NAME = {case.name: case for case in CASES}


def write(mark, status=0, method="POST", sent=0.0, body=b""):
    reply = Reply(status, {}, body) if status else None
    return Outcome(Request(method, "/", mark=mark), sent, 0.1, reply, None if status else NoResponse)


def test_a_database_restart_under_load_loses_no_writes(tmp_path):
    result = run_case(BY_NAME["restart"], 1, tmp_path)
    assert result.acknowledged
    assert (result.lost, result.other, result.retried_wrongly) == (0, 0, 0)
    assert row(result).startswith("| `restart`: the database is restarted (fast) | ")
    assert row(result).count("|") == heading().splitlines()[0].count("|")


def test_only_uploads_fail_while_no_pictures_can_be_stored(tmp_path):
    result = run_case(replace(BY_NAME["store"], rate=40), 2, tmp_path)
    assert result.acknowledged
    assert (result.lost, result.refused_yet_applied, result.other, result.unconnected) == (0, 0, 0, 0)
    assert result.unavailable
    assert all(answer.startswith("POST 503") for answer in result.answers)
    assert [str(limit) for limit in result.own] == ["other requests that failed 0 (at most 0)"]


def test_the_pictures_of_acknowledged_uploads_are_requested():
    body = b'{"variants": [{"url": "/media/a/64.webp"}, {"url": "/media/a/128.webp"}]}'
    uploads = [write("kept", 201, body=body), write("refused", 503, body=body)]
    outcomes = [replace(one, request=replace(one.request, target="/api/v1/media")) for one in uploads]
    ledger = Ledger.of([*outcomes, write("a post", 201)])
    assert [request.target for request in ledger.pictures()] == ["/media/a/64.webp", "/media/a/128.webp"]
    assert ledger.to_retry() == []


def test_the_ledger_finds_lost_and_refused_but_applied_writes():
    outcomes = [write("kept", 201), write("gone", 201), write("cut", 503, "PATCH"), write("refused", 503)]
    outcomes += [write("unanswered"), write("", 200, "GET")]
    outcomes += [write("unknown", 503, body=b'{"type":"/problems/outcome-unknown"}')]
    ledger = Ledger.of(outcomes)
    applied = Applied(Counter(["kept", "cut", "unknown"]), Counter(["kept"]))
    assert [lost.request.mark for lost in ledger.lost(applied)] == ["gone"]
    assert [cut.request.mark for cut in ledger.refused_yet_applied(applied)] == ["cut"]
    assert [request.mark for request in ledger.to_retry()] == ["refused", "unanswered", "unknown"]


def test_failures_long_after_the_fault_miss_a_limit():
    result = Result(BY_NAME["restart"], deadline=10)
    result.count([write("a", 503, sent=9), write("b", 503, sent=11.5), write("c", 201, sent=12)], ended=10)
    assert (result.unavailable, result.good, result.recovery) == (2, 1, 1.5)
    assert result.exceeded == [Limit("recovery", 1.5, 1, " s")]
    assert "**recovery 1.5 s (at most 1 s)**" in row(result)


def test_a_seamless_case_allows_no_failures():
    result = Result(BY_NAME["calm"], deadline=10)
    result.count([write("a", 503), write("b"), write("c", 500)], ended=1)
    assert {limit.label for limit in result.exceeded} == {
        "responses other than 2xx and 503",
        "no response",
        "503",
    }


def test_an_unknown_case_is_rejected_with_the_list_of_cases(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["faults", "--cases", "freeze,flood"])
    with pytest.raises(SystemExit):
        run.main()
    assert "unknown case flood; choose from calm, " in capsys.readouterr().err
