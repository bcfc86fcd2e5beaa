"""What all tests share: both databases, the app on each, people, and a counter of queries.

Every test that asks for `app`, `client`, `people` or `database_url` runs on SQLite and on PostgreSQL. Everything is
committed for real, and the rows are removed after each test.
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
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from blog_api.database.session import db
from blog_api.security import passwords
from tests import hashing, postgres
from tests.apps import delete_all_rows, disconnect, make_app, migrate, running_app
from tests.people import Person, create_person
from tests.sql import Sql
from tests.statements import recorded_statements
from tests.threads import leaked_threads


@pytest.fixture(scope="session", autouse=True)
def _hash_quickly() -> Iterator[None]:
    """Hash at no price, but in the tests of hashing itself, and in the services that tests start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", hashing.QUICK)
        yield


@pytest.fixture(scope="session", autouse=True)
def _compile_routes_once() -> Iterator[None]:
    """Make an app in 10 ms instead of 25: the rest is Werkzeug's functions that write addresses, alike in all apps."""
    compile_builder, made = Rule._compile_builder, dict[Any, Any]()

    def once(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, rule.subdomain, rule.host, repr(rule.defaults), append_unknown)
        if key not in made:
            made[key] = compile_builder(rule, append_unknown)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        yield


@pytest.fixture(autouse=True)
def _no_thread_outlives_its_app() -> Iterator[None]:
    """Fail a test that leaves a thread behind. It comes before all fixtures that make apps, so it ends after them."""
    before = set(threading.enumerate())
    yield
    left = leaked_threads(before)
    assert not left, f"threads outlive the apps of this test: {', '.join(left)}"


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of a PostgreSQL server."""
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
    """The address of a migrated database. pytest asks for it anew whenever it goes from one to the other, which is
    twice in each module: what it costs is made once."""
    url: str = request.getfixturevalue(f"_{request.param}_url")
    return url


@pytest.fixture
def empty_url(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables, for one test, on the server that `database_url` is on."""
    if database_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return postgres.create_database(request.getfixturevalue("cluster"), "blog_api_empty")


LONGEST = ("test_schemathesis.py", "test_upgrade_under_load.py", "test_corpus.py", "test_service.py")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One process more than there are cores: a fifth of the tests' time is waiting."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that take longest, so that no process is left with one when the others are done."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_collection_finish() -> None:
    """Look for garbage in what the tests make only, as the service does, and not in all that was loaded for them."""
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
    yield engine
    engine.dispose()


@pytest.fixture
def app(_app: Flask, _cleaner: Engine) -> Iterator[Flask]:
    """The app on one connection: a request that takes two would wait for itself and fail."""
    _app.extensions["replies"].clear()
    yield _app
    delete_all_rows(_cleaner)


@pytest.fixture
def sql(app: Flask, _cleaner: Engine) -> Sql:
    """Sends SQL to the database of `app`, past the service."""
    return Sql(_cleaner)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client without a token."""
    return app.test_client()


@pytest.fixture
def make_client(app: Flask, database_url: str) -> Iterator[Callable[..., FlaskClient]]:
    """Makes clients of another app with other settings, on the same database."""
    made: list[Flask] = []

    def make(**settings: str) -> FlaskClient:
        made.append(make_app(database_url, **settings))
        return made[-1].test_client()

    yield make
    for other in made:
        disconnect(other)


@pytest.fixture
def parallel(database_url: str) -> Iterator[Flask]:
    """Another app on the same database, with a pool that is large enough for threads."""
    with running_app(database_url, DB_POOL_SIZE="10") as app:
        yield app


@pytest.fixture
def people(app: Flask) -> Callable[..., Person]:
    """Makes people: `people("editor")`, `people("author", username="ada")`. No password is hashed."""
    numbers = itertools.count(1)
    return lambda role="author", username=None: create_person(app, role, username or f"{role}{next(numbers)}")


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], contextlib.AbstractContextManager[list[str]]]:
    """A context manager that collects the statements that the app sends within it."""

    @contextlib.contextmanager
    def counting() -> Iterator[list[str]]:
        with app.app_context():
            engine = db.engine
        with recorded_statements(engine) as statements:
            yield statements

    return counting


@pytest.fixture
def concurrently(make_client: Callable[..., FlaskClient]) -> Callable[[list[tuple]], list[TestResponse]]:
    """Sends the requests of several people at one moment, and gives the replies in their order.

    A request is (person, method, path, body), with a dict of headers behind it where it needs some.
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
