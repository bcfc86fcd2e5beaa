"""Login attempts from several addresses."""

from __future__ import annotations

from tests.blueprints.conftest import PASSWORD

HOME, AWAY, OTHER = "192.0.2.1", "198.51.100.7", "203.0.113.9"


def fail(attempt, times, name="ada", address=AWAY):
    assert [attempt(name, address=address).status_code for _ in range(times)] == [401] * times


def log_in(attempt, name="ada", address=AWAY):
    return attempt(name, PASSWORD, address).status_code


def assert_rejected(reply):
    assert (reply.status_code, reply.json["type"]) == (429, "/problems/too-many-requests")
    assert 0 < int(reply.headers["Retry-After"]) <= 900
