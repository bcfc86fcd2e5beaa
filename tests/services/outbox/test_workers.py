"""Run the worker: several at once, through database errors, until it is stopped."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import exc, make_url, update

from blog_api.crud import outbox as crud
from blog_api.database.columns import utcnow
from blog_api.database.session import db, transaction
from blog_api.models.confirmations import Confirmation
from blog_api.problems import OutcomeUnknown, Unavailable
from blog_api.services import outbox, worker
from blog_api.services.webhooks.dispatching import Dispatcher
from tests.apps import disconnect, make_app, running_app
from tests.proxy import Proxy
from tests.services.outbox.helpers import ask, messages
from tests.waiting import wait_until


@pytest.fixture
def run_workers(database_url):
    """Run a number of workers concurrently until nothing is due."""
    several = make_app(database_url, DB_POOL_SIZE="8")

    def run(number):
        start = threading.Barrier(number)

        def run_one(_):
            with several.app_context():
                start.wait()
                return outbox.send_due()

        with ThreadPoolExecutor(number) as pool:
            return sum(pool.map(run_one, range(number)), start=Counter())

    yield run
    disconnect(several)


def test_several_workers_send_each_message_once(context, people, delivered, run_workers):
    names = [people().username for _ in range(12)]
    for name in names:
        ask(f"{name}@example.com")
    assert run_workers(4) == {"sent": 12}
    assert sorted(email.recipient for email in delivered) == sorted(f"{name}@example.com" for name in names)


def test_several_workers_send_one_email_for_several_requests_of_one_account(context, delivered, run_workers):
    for _ in range(6):
        ask()
    assert run_workers(4) == {"sent": 1, "dropped": 5}
    assert len(delivered) == 1


def run_worker(stop):
    worker.run_worker(stop, Dispatcher(current_app.app_context, ()))


@pytest.fixture
def short_intervals(monkeypatch):
    monkeypatch.setattr(worker, "INTERVAL", 0.01)
    monkeypatch.setattr(worker, "IDLE_INTERVAL", 0.02)
    monkeypatch.setattr(worker, "MAX_RETRY_INTERVAL", 0.05)


@pytest.mark.parametrize("error", [Unavailable(), OutcomeUnknown(), exc.TimeoutError()])
def test_the_worker_survives_temporary_database_errors(
    context, delivered, short_intervals, monkeypatch, error
):
    stop, is_due = threading.Event(), crud.is_message_due

    def fail_once():
        monkeypatch.setattr(crud, "is_message_due", is_due)
        raise error

    monkeypatch.setattr(crud, "is_message_due", fail_once)
    monkeypatch.setattr(outbox, "deliver", lambda email: stop.set())
    ask()
    run_worker(stop)
    assert messages()[0]["state"] == "sent"


def test_an_unexpected_error_ends_the_worker(context, short_intervals, monkeypatch):
    def fail():
        raise KeyError

    monkeypatch.setattr(crud, "is_message_due", fail)
    with pytest.raises(KeyError):
        run_worker(threading.Event())


def test_the_worker_sends_new_messages_until_it_is_stopped(context, app, delivered, short_intervals):
    stop = threading.Event()

    def run():
        with app.app_context():
            run_worker(stop)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        ask()
        wait_until(lambda: delivered)
    finally:
        stop.set()
        thread.join()
    assert messages()[0]["state"] == "sent"


@pytest.mark.parametrize("exists", [False, True])
def test_the_worker_waits_for_the_migrations_of_a_new_database(
    tmp_path, short_intervals, monkeypatch, exists
):
    path, stop = tmp_path / "new.db", threading.Event()
    logged: list[tuple[str, str]] = []
    for level in ("info", "warning"):
        monkeypatch.setattr(
            worker.log, level, lambda message, *, level=level, **_: logged.append((level, message))
        )
    if exists:
        path.touch()

    def run():
        with running_app(f"sqlite:///{path}") as app, app.app_context():
            run_worker(stop)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        wait_until(lambda: len(logged) > 1)
    finally:
        stop.set()
        thread.join()
    assert set(logged) == {("info", "waiting for the migrations of the database")}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_worker_waits_for_a_lost_database(context, database_url, delivered, short_intervals, monkeypatch):
    warned: list[str] = []
    monkeypatch.setattr(worker.log, "warning", lambda message, **_: warned.append(message))
    url = make_url(database_url)
    proxy, stop = Proxy(url.port or 5432), threading.Event()
    proxied = url.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
    proxy.open()
    other = make_app(proxied, DB_CONNECT_TIMEOUT="1")

    def run():
        with other.app_context():
            run_worker(stop)
            db.engine.dispose()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        ask()
        wait_until(lambda: len(delivered) == 1)
        proxy.close()
        with transaction() as session:
            session.execute(update(Confirmation).values(created_at=utcnow() - timedelta(hours=1)))
        ask()
        wait_until(lambda: "the database is not responding" in warned)
        proxy.open()
        wait_until(lambda: len(delivered) == 2)
    finally:
        stop.set()
        thread.join()
        proxy.close()
