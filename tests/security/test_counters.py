"""Counters local to a process, and shared in Redis."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from blog_api.database import circuit_breaker
from blog_api.security import redis_counters
from blog_api.security.counters import Counters, Window
from blog_api.security.redis_counters import RedisCounters
from tests.redis_server import RedisServer, redis_server

HERE = Window("here", 60)
REST = 0.2


@pytest.fixture
def redis(monkeypatch) -> Iterator[RedisServer]:
    """A real Redis, with a short rest for the circuit breaker."""
    monkeypatch.setattr(circuit_breaker, "OPEN_SECONDS", REST)
    with redis_server() as server:
        yield server


@pytest.fixture(params=["local", "redis"])
def counting(request) -> Counters:
    if request.param == "local":
        return Counters()
    return RedisCounters(request.getfixturevalue("redis").url)


def numbers(some, *windows):
    return [count.number for count in some.hit(*windows)]


def test_counters_are_independent_and_return_the_remaining_time(counting):
    other = Window("other", 5)
    assert numbers(counting, HERE) == [1]
    assert numbers(counting, HERE, other) == [2, 1]
    first, second = counting.hit(HERE, other)
    assert (first.number, second.number) == (3, 2)
    assert 59 < first.seconds <= 60
    assert 4 < second.seconds <= 5


def test_windows_of_different_length_are_different_counters(counting):
    assert numbers(counting, Window("here", 1), Window("here", 60)) == [1, 1]


def test_an_expired_window_starts_again(counting):
    short = Window("here", 1)
    assert numbers(counting, short) == [1]
    assert numbers(counting, short) == [2]
    time.sleep(1.05)
    assert numbers(counting, short) == [1]


def test_concurrent_hits_are_all_counted(counting):
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: counting.hit(HERE)[0].number, range(200)))
    assert sorted(seen) == list(range(1, 201))


def test_the_memory_of_a_process_is_bounded():
    few = Counters(max_windows=2)
    for name in "abc":
        few.hit(Window(name, 60))
    assert numbers(few, Window("c", 60), Window("a", 60)) == [2, 1]


def test_processes_that_share_a_redis_share_their_counters(redis):
    one, other = RedisCounters(redis.url), RedisCounters(redis.url)
    assert [numbers(counters, HERE) for counters in (one, other, one)] == [[1], [2], [3]]


def log_lines(caplog):
    return [record.getMessage().split(":")[0] for record in caplog.records]


@pytest.fixture
def noted(caplog, monkeypatch):
    """Return the logged messages, even if an app of another test has disabled propagation."""
    monkeypatch.setattr(redis_counters.log.parent, "propagate", True)
    return lambda: log_lines(caplog)


def wait_until_shared(some, noted, deadline=5.0):
    """Count until Redis is used again. Return the seconds that this took."""
    began = time.monotonic()
    while noted()[-1] != "Redis is responding again":
        assert time.monotonic() - began < deadline
        time.sleep(0.02)
        some.hit(Window("waiting", 60))
    return time.monotonic() - began


def test_a_stopped_redis_opens_the_breaker_and_is_used_again_after_it_restarts(redis, noted):
    shared = RedisCounters(redis.url)
    assert numbers(shared, HERE) == [1]
    redis.stop()
    assert [numbers(shared, HERE) for _ in range(3)] == [[1], [2], [3]]
    assert noted() == ["Redis is not responding"]
    time.sleep(REST)
    assert numbers(shared, HERE) == [4]
    redis.start()
    wait_until_shared(shared, noted)
    assert numbers(shared, HERE) == [1]
    assert noted() == ["Redis is not responding", "Redis is responding again"]


def test_a_frozen_redis_delays_only_one_request(redis, noted):
    shared = RedisCounters(redis.url)
    assert numbers(shared, HERE) == [1]
    redis.freeze()
    began = time.monotonic()
    assert numbers(shared, HERE) == [1]
    waited = time.monotonic() - began
    assert waited < 4 * redis_counters.REDIS_TIMEOUT
    began = time.monotonic()
    assert [numbers(shared, HERE) for _ in range(20)] == [[number] for number in range(2, 22)]
    assert time.monotonic() - began < waited
    redis.thaw()
    wait_until_shared(shared, noted)
    # Redis can execute the pending command when it resumes.
    assert numbers(shared, HERE)[0] in (2, 3)
    assert noted() == ["Redis is not responding", "Redis is responding again"]


def test_counting_works_without_redis(redis, noted):
    redis.stop()
    shared = RedisCounters(redis.url)
    assert [numbers(shared, HERE) for _ in range(2)] == [[1], [2]]
    assert noted() == ["Redis is not responding"]


def test_a_redis_restart_between_two_requests_causes_no_failure(redis, noted):
    shared = RedisCounters(redis.url)
    assert numbers(shared, HERE) == [1]
    redis.stop()
    redis.start()
    assert numbers(shared, HERE) == [1]
    assert noted() == []
