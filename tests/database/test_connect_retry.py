"""Tests of retrying connections to an unavailable server."""

from __future__ import annotations

import math

import psycopg2
import pytest

from blog_api import context
from blog_api.database import circuit_breaker, connect_retry
from blog_api.database.circuit_breaker import ProbedBreaker
from blog_api.database.connect_retry import ConnectRetry

REFUSED = 'connection to server at "127.0.0.1", port 5432 failed: Connection refused'


class Clock:
    """A fake clock that advances only in sleep, and records the sleeps."""

    def __init__(self):
        self.now, self.sleeps = 1000.0, []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.sleeps.append(seconds)
        self.now += seconds


class Connection:
    """A fake driver connection for probes."""

    autocommit = False

    def cursor(self):
        return self

    def execute(self, statement):
        assert (self.autocommit, statement) == (True, "SELECT 1")

    def close(self):
        pass


class Server:
    """A fake dialect that raises these errors in turn, and then accepts every connection."""

    loaded_dbapi = psycopg2

    def __init__(self, clock, *errors, seconds=0.0):
        self.clock, self.errors, self.seconds = clock, list(errors), seconds
        self.left, self.connection = [], Connection()

    def connect(self, **_parameters):
        self.left.append(context.seconds_left())
        self.clock.now += self.seconds
        if self.errors:
            raise psycopg2.OperationalError(self.errors.pop(0))
        return self.connection


@pytest.fixture
def clock(monkeypatch):
    fake = Clock()
    for module in (connect_retry, context, circuit_breaker):
        monkeypatch.setattr(module, "time", fake)
    return fake


def connect(retry, server, timeout: str | int = 10):
    return retry.connect(server, None, [], {"connect_timeout": timeout})


@pytest.mark.parametrize(
    "said",
    [
        REFUSED,
        "server closed the connection unexpectedly",
        "SSL connection has been closed unexpectedly",
        "FATAL:  the database system is starting up",
        "FATAL:  the database system is shutting down",
        "ERROR:  Couldn't connect to compute node",
        "FATAL:  server login has been failing, try again later (server_login_retry)",
        'could not translate host name "db" to address: Temporary failure in name resolution',
    ],
)
def test_transient_errors_are_retried_with_backoff(clock, said):
    server = Server(clock, said, said, said)
    assert connect(ConnectRetry(max_waiters=1), server) == server.connection
    assert clock.sleeps == [0.1, 0.2, 0.4]


@pytest.mark.parametrize(
    "said",
    [
        'FATAL:  password authentication failed for user "ada"',
        'FATAL:  database "nothing" does not exist',
        "FATAL:  sorry, too many clients already",
        "FATAL:  unsupported startup parameter: options",
        "SSL error: certificate verify failed",
        "server does not support SSL, but SSL was required",
        'could not translate host name "db" to address: Name or service not known',
    ],
)
def test_permanent_errors_are_not_retried(clock, said):
    with pytest.raises(psycopg2.OperationalError, match=said[-20:]):
        connect(ConnectRetry(max_waiters=1), Server(clock, said))
    assert clock.sleeps == []


def test_the_connect_timeout_covers_all_attempts(clock):
    server = Server(clock, *[REFUSED] * 100)
    with pytest.raises(psycopg2.OperationalError):
        connect(ConnectRetry(max_waiters=1), server, "5")
    assert 3.5 < sum(clock.sleeps) <= 5
    assert max(clock.sleeps) <= 1
    # Each attempt gets the remaining time.
    assert server.left[0] == 5
    assert server.left == sorted(server.left, reverse=True)
    assert 0 < server.left[-1] <= 2


def test_an_attempt_that_uses_up_the_timeout_is_not_retried(clock):
    server = Server(clock, "timeout expired", seconds=10.0)
    with pytest.raises(psycopg2.OperationalError):
        connect(ConnectRetry(max_waiters=1), server)
    assert clock.sleeps == []


def test_a_thread_that_cannot_wait_reports_the_server_unavailable(clock):
    reports: list[object] = []
    retry = ConnectRetry(max_waiters=0)
    retry.on_unavailable = lambda: reports.append(1)
    with pytest.raises(psycopg2.OperationalError):
        connect(retry, Server(clock, REFUSED))
    assert (clock.sleeps, reports) == ([], [1])


def test_there_are_no_retries_without_a_timeout(clock):
    server = Server(clock, REFUSED)
    with pytest.raises(psycopg2.OperationalError):
        connect(ConnectRetry(max_waiters=1), server, "0")
    assert (clock.sleeps, server.left) == ([], [math.inf])


def test_no_thread_waits_after_the_breaker_has_opened(clock):
    server = Server(clock, *[REFUSED] * 1000)
    retry = ConnectRetry(max_waiters=1)
    breaker = ProbedBreaker("it", retry.probe)
    retry.on_unavailable = breaker.trip
    with pytest.raises(psycopg2.OperationalError):
        connect(retry, server)
    clock.sleeps.clear()
    for _ in range(50):
        clock.now += 5
        assert not breaker.allows_attempt()
    assert clock.sleeps == []
    # The recovery is noticed immediately.
    server.errors.clear()
    clock.now += 1
    assert breaker.allows_attempt()
    assert connect(retry, server) == server.connection


def test_the_next_outage_is_retried_again(clock):
    retry, server = ConnectRetry(max_waiters=1), Server(clock, *[REFUSED] * 1000)
    with pytest.raises(psycopg2.OperationalError):
        connect(retry, server)
    clock.sleeps.clear()
    server.errors[:] = [REFUSED, REFUSED]
    assert connect(retry, server) == server.connection
    assert len(clock.sleeps) == 2
