"""The worker: each message is sent, by one of several workers, again where it failed, and not for ever."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import exc, make_url, select, update

from blog_api.crud import outbox as crud
from blog_api.database import db, reading, transaction, utcnow
from blog_api.mailer import Undelivered
from blog_api.models import Confirmation, OutboxMessage
from blog_api.problems import OutcomeUnknown, Unavailable
from blog_api.services import confirmations, letters, outbox
from tests.apps import disconnect, make_app
from tests.proxy import Proxy
from tests.waiting import wait_until

ADA = "ada@example.com"


@pytest.fixture
def delivered(monkeypatch):
    """The letters that were handed over."""
    letters: list = []
    monkeypatch.setattr(outbox, "deliver", letters.append)
    return letters


@pytest.fixture
def failing(monkeypatch):
    """Lets deliveries fail, for good or not."""

    def fail(*, for_good):
        def refuse(letter):
            raise Undelivered("450 Come again.", for_good=for_good)

        monkeypatch.setattr(outbox, "deliver", refuse)

    return fail


@pytest.fixture
def context(app, people):
    """The app's context, and Ada's account."""
    people(username="ada")
    with app.app_context():
        yield


def ask(email=ADA, kind="password_reset", **columns):
    with transaction():
        crud.add_message(kind, email, **columns)


def messages():
    with reading():
        return [dict(row._mapping) for row in db.session.execute(select(OutboxMessage.__table__))]


def make_due():
    """As if all pauses had passed."""
    with transaction() as session:
        session.execute(update(OutboxMessage).values(due_at=utcnow()))


def count_tokens():
    with reading():
        return len(db.session.execute(select(Confirmation.id)).all())


def test_what_was_sent_is_kept_for_a_day_and_sent_no_more(context, delivered):
    ask()
    assert outbox.send_next() == "sent"
    assert outbox.send_next() == ""
    make_due()
    assert outbox.send_next() == ""
    (message,) = messages()
    assert (message["state"], message["attempts"], message["error"]) == ("sent", 1, "")
    assert timedelta(hours=23) < message["expires_at"] - utcnow() <= timedelta(days=1)


def test_what_fails_is_tried_again_less_and_less_often_and_given_up_at_last(context, failing):
    failing(for_good=False)
    ask()
    waits = []
    for _ in outbox.PAUSES:
        assert outbox.send_next() == "postponed"
        assert outbox.send_next() == ""
        (message,) = messages()
        assert (message["state"], message["error"]) == ("waiting", "450 Come again.")
        waits.append(round((message["due_at"] - utcnow()).total_seconds() / 60))
        make_due()
    assert tuple(waits) == outbox.PAUSES == tuple(sorted(waits))
    assert outbox.send_next() == "failed"
    (message,) = messages()
    assert (message["state"], message["attempts"]) == ("failed", len(outbox.PAUSES) + 1)
    make_due()
    assert outbox.send_next() == ""


def test_what_is_refused_for_good_is_given_up_at_once(context, failing):
    failing(for_good=True)
    ask()
    assert outbox.send_next() == "failed"
    (message,) = messages()
    assert (message["state"], message["error"]) == ("failed", "450 Come again.")
    assert message["expires_at"] - utcnow() > timedelta(days=29)


def test_each_attempt_has_a_token_of_its_own_and_each_of_them_counts(
    context, delivered, failing, monkeypatch
):
    ask()
    monkeypatch.setattr(outbox, "deliver", _delivered_and_then_cut_off(delivered))
    assert outbox.send_next() == "postponed"
    make_due()
    monkeypatch.setattr(outbox, "deliver", delivered.append)
    assert outbox.send_next() == "sent"
    first, second = delivered
    assert first.secret != second.secret
    with transaction():
        confirmations.confirm_password_reset(first.secret, "staple of my diet")
    assert count_tokens() == 0


def _delivered_and_then_cut_off(delivered):
    def deliver(letter):
        delivered.append(letter)
        raise Undelivered("the connection was lost", for_good=False)

    return deliver


def test_a_worker_that_dies_between_sending_and_noting_it_sends_again_and_loses_nothing(
    context, delivered, monkeypatch
):
    ask()

    def die(*arguments):
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(crud, "finish_message", die)
        with pytest.raises(SystemExit):
            outbox.send_next()
    # Nobody takes it up before its worker had the time to send it.
    assert outbox.send_next() == ""
    make_due()
    assert outbox.send_next() == "sent"
    assert [letter.recipient for letter in delivered] == [ADA, ADA]


def test_no_connection_is_held_while_a_letter_is_handed_over(context, monkeypatch):
    held = []
    monkeypatch.setattr(outbox, "deliver", lambda letter: held.append(db.engine.pool.checkedout()))  # type: ignore[attr-defined]
    ask()
    assert outbox.send_next() == "sent"
    assert held == [0]


@pytest.fixture
def run_workers(database_url):
    """Runs as many workers at once as are wanted, each until nothing is due."""
    several = make_app(database_url, DB_POOL_SIZE="8")

    def run(number):
        start = threading.Barrier(number)

        def one(_):
            with several.app_context():
                start.wait()
                return outbox.send_due()

        with ThreadPoolExecutor(number) as pool:
            return sum(pool.map(one, range(number)), start=Counter())

    yield run
    disconnect(several)


def test_several_workers_send_each_message_once(context, people, delivered, run_workers):
    names = [people().username for _ in range(12)]
    for name in names:
        ask(f"{name}@example.com")
    assert run_workers(4) == {"sent": 12}
    assert sorted(letter.recipient for letter in delivered) == sorted(f"{name}@example.com" for name in names)


def test_several_workers_who_meet_several_requests_of_one_account_send_one_letter(
    context, delivered, run_workers
):
    for _ in range(6):
        ask()
    assert run_workers(4) == {"sent": 1, "dropped": 5}
    assert len(delivered) == 1


def test_what_was_asked_for_again_is_not_sent_while_the_first_is_tried_again(context, failing, delivered):
    ask()
    failing(for_good=False)
    assert outbox.send_next() == "postponed"
    ask()
    assert outbox.send_next() == "dropped"


def test_a_message_of_an_account_that_is_gone_is_gone_too(app, people, delivered):
    admin, ada = people("admin"), people(username="ada")
    ada.patch("/users/me", json={"email": "new@example.com"})
    assert admin.delete(f"/users/{ada.id}").status_code == 204
    with app.app_context():
        assert messages() == []


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(outbox, "SECONDS_BETWEEN_LOOKS", 0.01)
    monkeypatch.setattr(outbox, "LONGEST_PAUSE", 0.05)


@pytest.mark.parametrize("trouble", [Unavailable(), OutcomeUnknown(), exc.TimeoutError()])
def test_the_worker_outlives_every_trouble_with_the_database(context, delivered, quick, monkeypatch, trouble):
    stop, is_due = threading.Event(), crud.is_message_due

    def fail_once():
        monkeypatch.setattr(crud, "is_message_due", is_due)
        raise trouble

    monkeypatch.setattr(crud, "is_message_due", fail_once)
    monkeypatch.setattr(outbox, "deliver", lambda letter: stop.set())
    ask()
    outbox.work(stop)
    assert messages()[0]["state"] == "sent"


def test_a_mistake_about_one_message_keeps_no_other_from_being_sent(context, people, delivered, monkeypatch):
    def compose(message):
        if message.recipient == ADA:
            raise KeyError
        return letters.compose(message)

    people(username="bob")
    ask()
    ask("bob@example.com")
    monkeypatch.setattr(outbox, "compose", compose)
    assert outbox.send_due() == {"postponed": 1, "sent": 1}
    assert [(row["state"], row["error"]) for row in messages()] == [("waiting", "KeyError"), ("sent", "")]


def test_a_message_that_no_worker_survives_is_given_up(context, delivered):
    ask()
    with transaction() as session:
        session.execute(update(OutboxMessage).values(attempts=len(outbox.PAUSES) + 1))
    assert outbox.send_next() == "failed"
    assert delivered == []
    assert messages()[0]["error"] == "No attempt came to its end."


def test_a_mistake_of_ours_ends_the_worker(context, quick, monkeypatch):
    def fail():
        raise KeyError

    monkeypatch.setattr(crud, "is_message_due", fail)
    with pytest.raises(KeyError):
        outbox.work(threading.Event())


def test_the_worker_sends_what_comes_until_it_is_stopped(context, app, delivered, quick):
    stop = threading.Event()

    def run():
        with app.app_context():
            outbox.work(stop)

    worker = threading.Thread(target=run)
    worker.start()
    try:
        ask()
        wait_until(lambda: delivered)
    finally:
        stop.set()
        worker.join()
    assert messages()[0]["state"] == "sent"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_goes_away_is_waited_for(context, database_url, delivered, quick, monkeypatch):
    warned: list[str] = []
    monkeypatch.setattr(outbox.log, "warning", lambda said, **_: warned.append(said))
    url = make_url(database_url)
    proxy, stop = Proxy(url.port or 5432), threading.Event()
    proxied = url.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
    proxy.open()
    other = make_app(proxied, DB_CONNECT_TIMEOUT="1")

    def run():
        with other.app_context():
            outbox.work(stop)
            db.engine.dispose()

    worker = threading.Thread(target=run)
    worker.start()
    try:
        ask()
        wait_until(lambda: len(delivered) == 1)
        proxy.close()
        with transaction() as session:
            session.execute(update(Confirmation).values(created_at=utcnow() - timedelta(hours=1)))
        ask()
        wait_until(lambda: "the database does not answer" in warned)
        proxy.open()
        wait_until(lambda: len(delivered) == 2)
    finally:
        stop.set()
        worker.join()
        proxy.close()
