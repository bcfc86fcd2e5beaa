"""Each message is sent, again where it failed, and not for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from blog_api.crud import outbox as crud
from blog_api.database.columns import utcnow
from blog_api.database.session import db, reading, transaction
from blog_api.mail.delivery import DeliveryError
from blog_api.models import Confirmation, OutboxMessage
from blog_api.services import confirmations, letters, outbox
from tests.services.outbox.helpers import ADA, ask, make_due, messages


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
    failing(permanent=False)
    ask()
    waits = []
    for _ in outbox.RETRY_DELAYS:
        assert outbox.send_next() == "postponed"
        assert outbox.send_next() == ""
        (message,) = messages()
        assert (message["state"], message["error"]) == ("waiting", "450 Come again.")
        waits.append(round((message["due_at"] - utcnow()).total_seconds() / 60))
        make_due()
    assert tuple(waits) == outbox.RETRY_DELAYS == tuple(sorted(waits))
    assert outbox.send_next() == "failed"
    (message,) = messages()
    assert (message["state"], message["attempts"]) == ("failed", len(outbox.RETRY_DELAYS) + 1)
    make_due()
    assert outbox.send_next() == ""


@pytest.mark.parametrize(("tried", "end"), [(False, "dropped"), (True, "failed")])
def test_a_request_for_a_password_is_not_sent_after_an_hour(context, people, delivered, failing, tried, end):
    ask()
    if tried:
        failing(permanent=False)
        assert outbox.send_next() == "postponed"
    make_due()
    with transaction() as session:
        session.execute(update(OutboxMessage).values(created_at=utcnow() - crud.RESET_STALE_AFTER))
    assert outbox.send_next() == end
    assert (delivered, count_tokens()) == ([], int(tried))
    # Whoever asked is in the audit, once.
    assert len(people("admin").get("/audit?action=password.reset_requested").json["data"]) == 1


def test_other_mail_is_sent_later_too(context, delivered):
    ask(kind="email_changed")
    with transaction() as session:
        session.execute(update(OutboxMessage).values(created_at=utcnow() - crud.RESET_STALE_AFTER))
    assert outbox.send_next() == "sent"


def test_what_is_refused_for_good_is_given_up_at_once(context, failing):
    failing(permanent=True)
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
        raise DeliveryError("the connection was lost", permanent=False)

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


def test_what_was_asked_for_again_is_not_sent_while_the_first_is_tried_again(context, failing, delivered):
    ask()
    failing(permanent=False)
    assert outbox.send_next() == "postponed"
    ask()
    assert outbox.send_next() == "dropped"


def test_a_message_of_an_account_that_is_gone_is_gone_too_but_for_the_notice_to_its_address(
    app, people, delivered
):
    admin, ada = people("admin"), people(username="ada")
    ada.patch("/users/me", json={"email": "new@example.com"})
    assert admin.delete(f"/users/{ada.id}").status_code == 204
    with app.app_context():
        assert [(row["kind"], row["recipient"]) for row in messages()] == [("email_change_asked", ADA)]


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
        session.execute(update(OutboxMessage).values(attempts=len(outbox.RETRY_DELAYS) + 1))
    assert outbox.send_next() == "failed"
    assert delivered == []
    assert messages()[0]["error"] == "No attempt came to its end."
