"""Shared fixtures: databases, apps, clients, users and query counters.

Every test that uses `app`, `client`, `people` or `database_url` runs on SQLite and on PostgreSQL. Tests really commit,
and all rows are deleted after each test.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import itertools
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, event
from werkzeug.test import TestResponse

from blog_api.database.session import db
from blog_api.security import passwords
from tests import caches, hashing, postgres
from tests.apps import delete_all_rows, disconnect, make_app, migrate, running_app
from tests.people import Person, create_person
from tests.recording import unrecorded_writes
from tests.sql import Sql
from tests.statements import recorded_statements
from tests.threads import leaked_threads


@pytest.fixture(scope="session", autouse=True)
def _hash_quickly() -> Iterator[None]:
    """Use a cheap password hash, except in tests of hashing and in services started by tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", hashing.QUICK)
        yield


@pytest.fixture(scope="session", autouse=True)
def _cache() -> Iterator[None]:
    """Cache what libraries otherwise compile or load again for each app and each command."""
    with pytest.MonkeyPatch.context() as patch:
        caches.cache_routes(patch)
        caches.cache_revisions(patch)
        yield


@pytest.fixture(autouse=True)
def _no_thread_outlives_its_app() -> Iterator[None]:
    """Fail a test that leaks threads. This is set up before the app fixtures, so it is torn down after them."""
    before = set(threading.enumerate())
    yield
    left = leaked_threads(before)
    assert not left, f"the test leaked threads: {', '.join(left)}"


@pytest.fixture(autouse=True)
def unrecorded(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Fail a test whose set-based writes change what the public sees without recording it in `changes`.

    Tests that execute such statements themselves are marked with `writes_directly`.
    """
    with unrecorded_writes() as found:
        yield found
    if not request.node.get_closest_marker("writes_directly"):
        assert not found, "call blog_api.crud.changes.recording for:\n" + "\n".join(found)


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    with postgres.cluster() as url:
        yield url


@pytest.fixture(scope="session")
def _sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return migrate(f"sqlite:///{tmp_path_factory.mktemp('database') / 'test.db'}")


@pytest.fixture(scope="session")
def _postgresql_url(cluster: str) -> str:
    return migrate(postgres.create_database(cluster, "blog_api_test"))


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database.

    pytest sets this up again when it switches databases, twice per module, so the expensive parts are fixtures of their
    own.
    """
    url: str = request.getfixturevalue(f"_{request.param}_url")
    return url


@pytest.fixture
def empty_url(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database for one test, on the same server as `database_url`."""
    if database_url.startswith("sqlite"):
        (tmp_path / "empty.db").touch()
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return postgres.create_database(request.getfixturevalue("cluster"), "blog_api_empty")


# The slowest modules, from a minute of a run on two cores. If one of them started last, it would run alone.
SLOWEST = """
    test_schemathesis test_docs_page test_corpus test_input test_examples test_service test_example_editor
    test_access_table test_migrations test_downgrades test_posts_bulk_races test_seeding test_nginx
    test_lost_connections test_service_without_database test_typescript_clients test_run test_full_disk
    test_rendering_time test_online_migrations test_readme
""".split()  # noqa: SIM905


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Use two processes more than there are cores, since the tests spend a fifth of their time waiting."""
    return (os.cpu_count() or 1) + 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the slowest modules."""
    order = {name: number for number, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


def pytest_collection_finish() -> None:
    """Exclude everything loaded so far from garbage collection, as the service does."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def _apps() -> Iterator[Callable[[str], Flask]]:
    with contextlib.ExitStack() as running:
        yield functools.cache(lambda url: running.enter_context(running_app(url)))


@pytest.fixture(scope="session")
def _app(database_url: str, _apps: Callable[[str], Flask]) -> Flask:
    return _apps(database_url)


@pytest.fixture(scope="session")
def _cleaner(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    if engine.dialect.name == "sqlite":
        # Unsafe on a crash of the machine, which does not matter for test data.
        event.listen(
            engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous = OFF")
        )
    yield engine
    engine.dispose()


@pytest.fixture
def app(_app: Flask, _cleaner: Engine) -> Iterator[Flask]:
    """The app with a single connection, so that a request that uses two would fail."""
    _app.extensions["response_store"].clear()
    yield _app
    delete_all_rows(_cleaner)


@pytest.fixture
def sql(app: Flask, _cleaner: Engine) -> Sql:
    """Run SQL on the database of `app`, bypassing the app."""
    return Sql(_cleaner)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client without a token."""
    return app.test_client()


@pytest.fixture
def make_client(app: Flask, database_url: str) -> Iterator[Callable[..., FlaskClient]]:
    """A function that creates clients of apps with other settings on the same database."""
    made: list[Flask] = []

    def make(**settings: str) -> FlaskClient:
        made.append(make_app(database_url, **settings))
        return made[-1].test_client()

    yield make
    for other in made:
        disconnect(other)


@pytest.fixture
def parallel(database_url: str) -> Iterator[Flask]:
    """An app on the same database, with a pool for several threads."""
    with running_app(database_url, DB_POOL_SIZE="10") as app:
        yield app


@pytest.fixture
def people(app: Flask) -> Callable[..., Person]:
    """A function that creates logged-in users: `people("editor")`, `people("author", username="ada")`."""
    numbers = itertools.count(1)
    return lambda role="author", username=None: create_person(app, role, username or f"{role}{next(numbers)}")


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], contextlib.AbstractContextManager[list[str]]]:
    """A context manager that records the statements of the app."""

    @contextlib.contextmanager
    def counting() -> Iterator[list[str]]:
        with app.app_context():
            engine = db.engine
        with recorded_statements(engine) as statements:
            yield statements

    return counting


@pytest.fixture
def concurrently(make_client: Callable[..., FlaskClient]) -> Callable[[list[tuple]], list[TestResponse]]:
    """A function that sends requests concurrently, and returns the responses in order.

    A request is a tuple (person, method, path, body) with an optional dict of headers at the end.
    """
    racing = make_client(DB_POOL_SIZE="40").application

    def send(requests: list[tuple]) -> list[TestResponse]:
        start = Barrier(len(requests))

        def one(request: tuple) -> TestResponse:
            person, method, path, body, *headers = request
            sent = {**person.headers, **dict(*headers)}
            client = racing.test_client()
            start.wait()
            return client.open(f"/api/v1{path}", method=method, json=body, headers=sent)

        with ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(one, requests))

    return send
