"""Fixtures: a primary, a streaming replica, and a service that uses both."""

from __future__ import annotations

import contextlib

import pytest
from sqlalchemy import make_url

from blog_api.database import circuit_breaker
from blog_api.database.session import db
from tests.apps import migrate, running_app
from tests.cli.helpers import run_command
from tests.database.replica.helpers import ACCOUNT, service
from tests.postgres import FAST, create_database, throwaway_cluster
from tests.proxy import proxy
from tests.replication import run_sql, streaming_replica, wait_for_replica
from tests.statements import recorded_statements


@pytest.fixture(scope="session")
def primary():
    """The URL of a migrated database with a replica."""
    with throwaway_cluster(FAST) as cluster:
        url = migrate(create_database(cluster, "blog"))
        admin = ["--username", "root", "--email", "root@example.com", "--password", ACCOUNT["password"]]
        with running_app(url) as app:
            assert run_command(app, "create-admin", *admin).exit_code == 0
        yield url


@pytest.fixture(scope="session")
def standby(primary):
    """The URL of the replica."""
    with streaming_replica(primary) as url:
        yield url


@pytest.fixture
def replica_proxy(standby):
    """A proxy in front of the replica, which tests can close."""
    with proxy(make_url(standby).port or 0) as made:
        yield made


@pytest.fixture
def client(primary, standby, replica_proxy):
    """A client of the service, which connects to its replica through `replica_proxy`."""
    url = make_url(standby).set(port=replica_proxy.port).render_as_string(hide_password=False)
    with service(primary, url) as made:
        yield made
    run_sql(standby, "SELECT pg_wal_replay_resume()")
    run_sql(primary, "DELETE FROM posts; DELETE FROM users WHERE username <> 'root'")
    wait_for_replica(primary, standby)


@pytest.fixture
def sent(client):
    """The statements executed on the primary and on the replica."""
    with client.application.app_context():
        engines = dict(db.engines)
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(recorded_statements(engine)) for name, engine in engines.items()}


@pytest.fixture
def set_open_seconds(monkeypatch):
    """A function that sets for how many seconds the circuit breaker stays open."""
    return lambda seconds: monkeypatch.setattr(circuit_breaker, "OPEN_SECONDS", seconds)
