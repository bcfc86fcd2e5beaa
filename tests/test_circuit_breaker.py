"""What fails is left alone, then tried by one before all; and it is said once that it fails, and once that it works."""

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
    monkeypatch.setattr(circuit_breaker, "SECONDS_OF_REST", 0.05)
    return CircuitBreaker("it")


def of_many(ask):
    """How many of twenty who ask at once are told yes."""
    with ThreadPoolExecutor(20) as pool:
        return sum(pool.map(lambda _: ask(), range(20)))


def test_all_may_try_what_works(breaker):
    assert of_many(breaker.may_try) == 20
    assert not breaker.is_open
    assert of_many(breaker.reset) == 0


def test_a_failure_is_news_for_one_of_those_who_notice_it(breaker):
    assert of_many(breaker.trip) == 1
    assert breaker.is_open
    assert not breaker.may_try()


def test_after_a_rest_one_may_try_and_its_success_is_news_once(monkeypatch, breaker):
    breaker.trip()
    time.sleep(0.06)
    monkeypatch.setattr(circuit_breaker, "SECONDS_OF_REST", 60)
    assert of_many(breaker.may_try) == 1
    assert of_many(breaker.reset) == 1
    assert of_many(breaker.may_try) == 20


class Thing:
    """What may fail: it works from `mend` on. Each probe is counted once it is over."""

    def __init__(self):
        self.fault: Exception | None = OSError("away")
        self.probes = threading.Semaphore(0)
        self.turn = threading.Event()
        self.turn.set()

    def probe(self):
        assert self.turn.wait(SECONDS)
        fault = self.fault
        self.probes.release()
        return fault

    def mend(self):
        self.fault = None

    def wait_for_probe(self):
        assert self.probes.acquire(timeout=SECONDS)


@pytest.fixture
def thing(monkeypatch):
    monkeypatch.setattr(circuit_breaker, "SECONDS_BETWEEN_PROBES", 0.01)
    made = Thing()
    yield made
    made.mend()


def wait_until_closed(breaker):
    while not breaker.may_try():
        assert breaker._works.wait(SECONDS)


def test_nobody_tries_what_failed_until_a_probe_has_found_that_it_works(thing, monkeypatch):
    monkeypatch.setattr(circuit_breaker, "SECONDS_OF_DOUBT", 0.0)
    breaker = ProbedBreaker("it", thing.probe)
    assert breaker.may_try()
    assert (breaker.trip(), breaker.trip()) == (True, False)
    for _ in range(3):
        thing.wait_for_probe()
        assert not breaker.may_try()
    thing.mend()
    wait_until_closed(breaker)
    assert not breaker.is_open
    assert breaker.trip()
    wait_until_closed(breaker)


def test_whoever_comes_before_the_first_probe_has_answered_waits_for_it(thing, monkeypatch):
    monkeypatch.setattr(circuit_breaker, "SECONDS_OF_DOUBT", SECONDS)
    breaker = ProbedBreaker("it", thing.probe)
    thing.mend()
    thing.turn.clear()
    breaker.trip()
    with ThreadPoolExecutor(4) as threads:
        coming = [threads.submit(breaker.may_try) for _ in range(4)]
        thing.turn.set()
        assert [one.result() for one in coming] == [True] * 4


def test_a_breaker_whose_prober_was_lost_in_a_fork_gets_another_one(thing, monkeypatch):
    monkeypatch.setattr(circuit_breaker, "SECONDS_OF_DOUBT", 0.0)
    breaker = ProbedBreaker("it", thing.probe)
    thing.mend()
    breaker._rests_until = 1.0
    breaker.may_try()
    assert breaker._works.wait(SECONDS)
    assert breaker.may_try()


def test_the_log_says_once_that_it_is_away_and_once_that_it_is_back(thing, monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(
        circuit_breaker.log, "warning", lambda text, *names, **_more: said.append(text % names)
    )
    breaker = ProbedBreaker("it", thing.probe)
    breaker.trip()
    for _ in range(3):
        thing.wait_for_probe()
    prober = breaker._prober
    thing.mend()
    assert prober is not None
    prober.join(SECONDS)
    assert said == ["it is left alone", "it answers again"]
