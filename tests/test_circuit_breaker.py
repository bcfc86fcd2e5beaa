"""What fails is left alone, then tried by one before all; and it is said once that it fails, and once that it works."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from blog_api import circuit_breaker
from blog_api.circuit_breaker import CircuitBreaker


@pytest.fixture
def breaker(monkeypatch):
    monkeypatch.setattr(circuit_breaker, "SECONDS_OF_REST", 0.05)
    return CircuitBreaker()


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
