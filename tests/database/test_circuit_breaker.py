"""Tests of the circuit breakers."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from blog_api.database import circuit_breaker
from blog_api.database.circuit_breaker import CircuitBreaker, ProbedBreaker

SECONDS = 10


@pytest.fixture
def breaker(monkeypatch):
    monkeypatch.setattr(circuit_breaker, "OPEN_SECONDS", 0.05)
    return CircuitBreaker("it")


def count_true(call):
    """Return how many of twenty concurrent calls return True."""
    with ThreadPoolExecutor(20) as pool:
        return sum(pool.map(lambda _: call(), range(20)))


def test_a_closed_breaker_allows_all_attempts(breaker):
    assert count_true(breaker.allows_attempt) == 20
    assert not breaker.is_open
    assert count_true(breaker.reset) == 0


def test_trip_reports_only_the_first_of_concurrent_failures(breaker):
    assert count_true(breaker.trip) == 1
    assert breaker.is_open
    assert not breaker.allows_attempt()


def test_an_open_breaker_allows_one_attempt_after_a_pause(monkeypatch, breaker):
    breaker.trip()
    time.sleep(0.06)
    monkeypatch.setattr(circuit_breaker, "OPEN_SECONDS", 60)
    assert count_true(breaker.allows_attempt) == 1
    assert count_true(breaker.reset) == 1
    assert count_true(breaker.allows_attempt) == 20


class FakeService:
    """A service that can fail. It counts its probes, and can delay them."""

    def __init__(self):
        self.fault: Exception | None = OSError("away")
        self.probes = 0
        self.probe_started, self.probe_allowed = threading.Event(), threading.Event()
        self.probe_allowed.set()

    def probe(self):
        self.probes += 1
        self.probe_started.set()
        assert self.probe_allowed.wait(SECONDS)
        return self.fault

    def recover(self):
        self.fault = None


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setattr(circuit_breaker, "PROBE_INTERVAL", 0.0)
    monkeypatch.setattr(circuit_breaker, "FIRST_PROBE_WAIT", 0.0)
    return FakeService()


def test_an_open_breaker_rejects_attempts_until_a_probe_succeeds(service):
    breaker = ProbedBreaker("it", service.probe)
    assert breaker.allows_attempt()
    assert (breaker.trip(), breaker.trip()) == (True, False)
    assert [breaker.allows_attempt() for _ in range(3)] == [False] * 3
    assert service.probes == 3
    service.recover()
    assert breaker.allows_attempt()
    assert not breaker.is_open
    assert [breaker.allows_attempt() for _ in range(3)] == [True] * 3
    assert service.probes == 4
    assert breaker.trip()


def test_only_one_caller_at_a_time_runs_the_probe(service):
    breaker = ProbedBreaker("it", service.probe)
    breaker.trip()
    service.recover()
    service.probe_allowed.clear()
    with ThreadPoolExecutor(1) as threads:
        first_caller = threads.submit(breaker.allows_attempt)
        assert service.probe_started.wait(SECONDS)
        assert count_true(breaker.allows_attempt) == 0
        service.probe_allowed.set()
        assert first_caller.result()
    assert (service.probes, count_true(breaker.allows_attempt)) == (1, 20)


def test_probes_are_spaced_by_an_interval(service, monkeypatch):
    monkeypatch.setattr(circuit_breaker, "PROBE_INTERVAL", 60.0)
    breaker = ProbedBreaker("it", service.probe)
    breaker.trip()
    assert [breaker.allows_attempt() for _ in range(5)] == [False] * 5
    assert service.probes == 1


def test_callers_wait_for_the_first_probe(service, monkeypatch):
    monkeypatch.setattr(circuit_breaker, "FIRST_PROBE_WAIT", SECONDS)
    breaker = ProbedBreaker("it", service.probe)
    service.recover()
    service.probe_allowed.clear()
    breaker.trip()
    with ThreadPoolExecutor(4) as threads:
        callers = [threads.submit(breaker.allows_attempt) for _ in range(4)]
        service.probe_allowed.set()
        assert [one.result() for one in callers] == [True] * 4
    assert service.probes == 1


def test_an_exception_in_a_probe_does_not_block_the_next_one(service):
    def fail():
        raise ZeroDivisionError

    breaker = ProbedBreaker("it", fail)
    breaker.trip()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            breaker.allows_attempt()


def test_each_outage_and_each_recovery_is_logged_once(service, monkeypatch):
    messages: list[str] = []
    monkeypatch.setattr(
        circuit_breaker.log, "warning", lambda text, *names, **_more: messages.append(text % names)
    )
    breaker = ProbedBreaker("it", service.probe)
    for _ in range(2):
        service.fault = OSError("away")
        breaker.trip()
        assert [breaker.allows_attempt() for _ in range(3)] == [False] * 3
        service.recover()
        assert breaker.allows_attempt()
    assert messages == ["it is unavailable", "it is available again"] * 2
    # Do not log an outage that the first probe disproves.
    breaker.trip()
    assert breaker.allows_attempt()
    assert len(messages) == 4
