"""Messages are sent, retried and finally given up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from blog_api.crud import outbox as crud
from blog_api.database.columns import utcnow
from blog_api.database.session import db, reading, transaction
from blog_api.mail.delivery import DeliveryError
from blog_api.models.confirmations import Confirmation
from blog_api.models.outbox import OutboxMessage
from blog_api.services import confirmations, emails, outbox
from tests.services.outbox.helpers import ADA, ask, make_due, messages


def count_tokens():
    with reading():
        return len(db.session.execute(select(Confirmation.id)).all())


def test_a_sent_message_is_kept_for_a_day_and_not_sent_again(context, delivered):
    ask()
    assert outbox.send_next() == "sent"
    assert outbox.send_next() == ""
    make_due()
    assert outbox.send_next() == ""
    (message,) = messages()
    assert (message["state"], message["attempts"], message["error"]) == ("sent", 1, "")
    assert timedelta(hours=23) < message["expires_at"] - utcnow() <= timedelta(days=1)


def test_failed_messages_are_retried_with_backoff_and_finally_given_up(context, failing):
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
def test_a_password_reset_is_not_sent_after_an_hour(context, people, delivered, failing, tried, end):
    ask()
    if tried:
        failing(permanent=False)
        assert outbox.send_next() == "postponed"
    make_due()
    with transaction() as session:
        session.execute(update(OutboxMessage).values(created_at=utcnow() - crud.RESET_STALE_AFTER))
    assert outbox.send_next() == end
    assert (delivered, count_tokens()) == ([], int(tried))
    # The request is audited once.
    assert len(people("admin").get("/audit?action=password.reset_requested").json["data"]) == 1


def test_other_mail_is_sent_even_after_an_hour(context, delivered):
    ask(kind="email_changed")
    with transaction() as session:
        session.execute(update(OutboxMessage).values(created_at=utcnow() - crud.RESET_STALE_AFTER))
    assert outbox.send_next() == "sent"


def test_a_permanent_failure_is_not_retried(context, failing):
    failing(permanent=True)
    ask()
    assert outbox.send_next() == "failed"
    (message,) = messages()
    assert (message["state"], message["error"]) == ("failed", "450 Come again.")
    assert message["expires_at"] - utcnow() > timedelta(days=29)


def test_each_attempt_has_its_own_valid_token(context, delivered, failing, monkeypatch):
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
    def deliver(email):
        delivered.append(email)
        raise DeliveryError("the connection was lost", permanent=False)

    return deliver


def test_a_message_is_sent_again_if_the_worker_dies_before_recording_it(context, delivered, monkeypatch):
    ask()

    def die(*arguments):
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(crud, "finish_message", die)
        with pytest.raises(SystemExit):
            outbox.send_next()
    # The claim has not expired yet.
    assert outbox.send_next() == ""
    make_due()
    assert outbox.send_next() == "sent"
    assert [email.recipient for email in delivered] == [ADA, ADA]


def test_no_connection_is_held_during_delivery(context, monkeypatch):
    held = []
    monkeypatch.setattr(outbox, "deliver", lambda email: held.append(db.engine.pool.checkedout()))  # type: ignore[attr-defined]
    ask()
    assert outbox.send_next() == "sent"
    assert held == [0]


def test_a_second_request_is_dropped_while_the_first_is_retried(context, failing, delivered):
    ask()
    failing(permanent=False)
    assert outbox.send_next() == "postponed"
    ask()
    assert outbox.send_next() == "dropped"


def test_deleting_an_account_deletes_its_messages_except_notifications_to_its_address(app, people, delivered):
    admin, ada = people("admin"), people(username="ada")
    ada.patch("/users/me", json={"email": "new@example.com"})
    assert admin.delete(f"/users/{ada.id}").status_code == 204
    with app.app_context():
        assert [(row["kind"], row["recipient"]) for row in messages()] == [("email_change_asked", ADA)]


def test_an_error_in_one_message_does_not_block_others(context, people, delivered, monkeypatch):
    def compose(message):
        if message.recipient == ADA:
            raise KeyError
        return emails.compose(message)

    people(username="bob")
    ask()
    ask("bob@example.com")
    monkeypatch.setattr(outbox, "compose", compose)
    assert outbox.send_due() == {"postponed": 1, "sent": 1}
    assert [(row["state"], row["error"]) for row in messages()] == [("waiting", "KeyError"), ("sent", "")]


def test_a_message_that_kills_every_worker_is_given_up(context, delivered):
    ask()
    with transaction() as session:
        session.execute(update(OutboxMessage).values(attempts=len(outbox.RETRY_DELAYS) + 1))
    assert outbox.send_next() == "failed"
    assert delivered == []
    assert messages()[0]["error"] == "Every attempt was interrupted."
