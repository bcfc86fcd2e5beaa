"""Tests of the real service while its PostgreSQL database is down."""

from __future__ import annotations

import contextlib
import time

import psycopg2
import pytest
from sqlalchemy import make_url

from tests.http import ask
from tests.postgres import create_database, free_port
from tests.proxy import proxy
from tests.service import PASSWORD, launch, log_in, post


@pytest.fixture
def unstable_service(cluster):
    """A service on PostgreSQL, and the proxy between them, which tests can close."""
    server = make_url(create_database(cluster, "blog_api_shaky"))
    with proxy(server.port or 5432) as way:
        address = server.set(port=way.port).render_as_string(hide_password=False)
        settings = {"MIGRATE_ON_START": "true", "DB_POOL_PRE_PING": "true", "DB_POOL_SIZE": "4"}
        with launch(address, **settings) as service:
            yield service, way


def wait_until_recovered(url):
    """Wait until ten consecutive responses are healthy, so that both workers have recovered."""
    deadline, healthy = time.monotonic() + 10, 0
    while healthy < 10:
        assert time.monotonic() < deadline
        healthy = healthy + 1 if ask(url, "GET", "/health/ready").status == 200 else 0
        time.sleep(0.02)


def test_the_service_returns_503_without_the_database_and_recovers(unstable_service):
    service, way = unstable_service
    token = log_in(service.url)
    assert ask(service.url, "POST", "/api/v1/posts", post(), token=token).status == 201
    requests = [
        ("GET", "/api/v1/posts", None),
        ("POST", "/api/v1/posts", post()),
        ("POST", "/api/v1/auth/login", {"username": "ada", "password": PASSWORD}),
        ("GET", "/health/ready", None),
    ]
    way.close()
    for method, path, body in requests * 4:
        reply = ask(service.url, method, path, body, token=token)
        assert (reply.status, reply.headers["Content-Type"]) == (503, "application/problem+json")
        assert int(reply.headers["Retry-After"]) > 0
    assert ask(service.url, "GET", "/health/live").status == 200
    way.open()
    wait_until_recovered(service.url)
    replies = [ask(service.url, "POST", "/api/v1/posts", post(), token=token) for _ in range(8)]
    assert [reply.status for reply in replies] == [201] * 8
    assert len(ask(service.url, "GET", "/api/v1/posts").json["data"]) == 9
    assert "Traceback" not in service.read_output()


def test_terminated_connections_are_replaced(unstable_service, cluster):
    service, _ = unstable_service
    token = log_in(service.url)
    with contextlib.closing(
        psycopg2.connect(make_url(cluster).set(drivername="postgresql").render_as_string())
    ) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'blog_api_shaky'"
            )
    statuses = [ask(service.url, "POST", "/api/v1/posts", post(), token=token).status for _ in range(12)]
    assert set(statuses) <= {201, 503}
    assert statuses[-4:] == [201] * 4
    assert "Traceback" not in service.read_output()


def test_starting_without_the_database_fails_with_a_clear_message():
    url = f"postgresql://ada:hush-hush@127.0.0.1:{free_port()}/blog"
    with (
        pytest.raises(RuntimeError, match="The database is not responding") as failure,
        launch(url, MIGRATE_ON_START="true"),
    ):
        pass
    assert "Traceback" not in str(failure.value)
    assert "hush-hush" not in str(failure.value)
