"""Fixtures for sending webhooks to real receivers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from blog_api.services.changes import number_changes
from blog_api.services.webhooks.sending import Sender
from tests.apps import running_app
from tests.receiver import receiving


class Clock:
    """A clock that tests move."""

    def __init__(self):
        self.now = datetime.now(UTC)

    def __call__(self):
        return self.now

    def advance(self, **time):
        self.now += timedelta(**time)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def receiver():
    with receiving() as running:
        yield running


@pytest.fixture(scope="session")
def _local_app(database_url):
    settings = {"POST_URL": "https://blog.example/{slug}", "EDGE_SECONDS": "60"}
    with running_app(database_url, WEBHOOKS_ALLOW="127.0.0.1", **settings) as app:
        yield app


@pytest.fixture
def local(app, _local_app):
    """A client of a service that may send to the loopback interface."""
    _local_app.extensions["response_store"].clear()
    return _local_app.test_client()


@pytest.fixture
def admin(people):
    return people("admin")


@pytest.fixture
def subscribe(local, admin):
    """Create an endpoint, and return it with its secret."""

    def create(receiver, *events, **fields):
        body = {"url": receiver.url, "events": list(events or ["*"])} | fields
        reply = local.post("/api/v1/webhooks", json=body, headers=admin.headers)
        assert reply.status_code == 201, reply.text
        return reply.json

    return create


@pytest.fixture
def work(local, clock):
    """Number the changes, and send what is due to an endpoint, as the worker does."""
    sender = Sender({"127.0.0.1"}, clock=clock)

    def run(webhook):
        with local.application.app_context():
            number_changes()
            sender.send_other(webhook["id"])
            sender.send_ordered(webhook["id"])

    return run
