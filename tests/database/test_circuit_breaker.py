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
    monkeypatch.setattr(circuit_breaker, "OPEN_SECONDS", 0.05)
    return CircuitBreaker("it")


def of_many(ask):
    """How many of twenty who ask at once are told yes."""
    with ThreadPoolExecutor(20) as pool:
        return sum(pool.map(lambda _: ask(), range(20)))


def test_all_may_try_what_works(breaker):
    assert of_many(breaker.allows_attempt) == 20
    assert not breaker.is_open
    assert of_many(breaker.reset) == 0


def test_a_failure_is_news_for_one_of_those_who_notice_it(breaker):
    assert of_many(breaker.trip) == 1
    assert breaker.is_open
    assert not breaker.allows_attempt()


def test_after_a_rest_one_may_try_and_its_success_is_news_once(monkeypatch, breaker):
    breaker.trip()
    time.sleep(0.06)
    monkeypatch.setattr(circuit_breaker, "OPEN_SECONDS", 60)
    assert of_many(breaker.allows_attempt) == 1
    assert of_many(breaker.reset) == 1
    assert of_many(breaker.allows_attempt) == 20


class Thing:
    """What may fail: it works once it has no fault. Its probes are counted, and wait for their turn."""

    def __init__(self):
        self.fault: Exception | None = OSError("away")
        self.probes = 0
        self.is_asked, self.turn = threading.Event(), threading.Event()
        self.turn.set()

    def probe(self):
        self.probes += 1
        self.is_asked.set()
        assert self.turn.wait(SECONDS)
        return self.fault

    def mend(self):
        self.fault = None


@pytest.fixture
def thing(monkeypatch):
    monkeypatch.setattr(circuit_breaker, "PROBE_INTERVAL", 0.0)
    monkeypatch.setattr(circuit_breaker, "FIRST_PROBE_WAIT", 0.0)
    return Thing()


def test_nobody_tries_what_failed_until_a_probe_has_found_that_it_works(thing):
    breaker = ProbedBreaker("it", thing.probe)
    assert breaker.allows_attempt()
    assert (breaker.trip(), breaker.trip()) == (True, False)
    assert [breaker.allows_attempt() for _ in range(3)] == [False] * 3
    assert thing.probes == 3
    thing.mend()
    assert breaker.allows_attempt()
    assert not breaker.is_open
    assert [breaker.allows_attempt() for _ in range(3)] == [True] * 3
    assert thing.probes == 4
    assert breaker.trip()


def test_one_caller_at_a_time_probes_and_the_others_are_refused_meanwhile(thing):
    breaker = ProbedBreaker("it", thing.probe)
    breaker.trip()
    thing.mend()
    thing.turn.clear()
    with ThreadPoolExecutor(1) as threads:
        prober = threads.submit(breaker.allows_attempt)
        assert thing.is_asked.wait(SECONDS)
        assert of_many(breaker.allows_attempt) == 0
        thing.turn.set()
        assert prober.result()
    assert (thing.probes, of_many(breaker.allows_attempt)) == (1, 20)


def test_between_two_probes_there_is_a_rest(thing, monkeypatch):
    monkeypatch.setattr(circuit_breaker, "PROBE_INTERVAL", 60.0)
    breaker = ProbedBreaker("it", thing.probe)
    breaker.trip()
    assert [breaker.allows_attempt() for _ in range(5)] == [False] * 5
    assert thing.probes == 1


def test_whoever_comes_before_the_first_probe_has_answered_waits_for_it(thing, monkeypatch):
    monkeypatch.setattr(circuit_breaker, "FIRST_PROBE_WAIT", SECONDS)
    breaker = ProbedBreaker("it", thing.probe)
    thing.mend()
    thing.turn.clear()
    breaker.trip()
    with ThreadPoolExecutor(4) as threads:
        coming = [threads.submit(breaker.allows_attempt) for _ in range(4)]
        thing.turn.set()
        assert [one.result() for one in coming] == [True] * 4
    assert thing.probes == 1


def test_a_probe_that_fails_leaves_the_next_one_possible(thing):
    def fail():
        raise ZeroDivisionError

    breaker = ProbedBreaker("it", fail)
    breaker.trip()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            breaker.allows_attempt()


def test_the_log_says_once_that_it_is_away_and_once_that_it_is_back(thing, monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(
        circuit_breaker.log, "warning", lambda text, *names, **_more: said.append(text % names)
    )
    breaker = ProbedBreaker("it", thing.probe)
    for _ in range(2):
        thing.fault = OSError("away")
        breaker.trip()
        assert [breaker.allows_attempt() for _ in range(3)] == [False] * 3
        thing.mend()
        assert breaker.allows_attempt()
    assert said == ["it is unavailable", "it is available again"] * 2
    # What was only slow is not worth a line.
    breaker.trip()
    assert breaker.allows_attempt()
    assert len(said) == 4
