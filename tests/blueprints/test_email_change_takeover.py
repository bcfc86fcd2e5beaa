"""A thief with a stolen session requests an email change, and the owner regains control."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from blog_api.crud import credentials
from blog_api.database.columns import utcnow
from blog_api.database.session import reading, transaction
from blog_api.models.outbox import OutboxMessage
from blog_api.security.passwords import hash_password
from blog_api.services import accounts
from tests.blueprints.conftest import PASSWORD

NEW = "thief@example.com"
NEW_PASSWORD = "staple of my diet"


@pytest.fixture
def ada(people):
    """Return ada, whose address is ada@example.com."""
    return people(username="ada")


def _by_owner(app, ada, people, deliver_mail, confirm_reset):
    with app.app_context(), transaction():
        credentials.set_password_hash(ada.id, hash_password(PASSWORD))
    passwords = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert ada.put("/auth/password", json=passwords).status_code == 204


def _by_mail(app, ada, people, deliver_mail, confirm_reset):
    ada.post("/auth/password-reset", json={"email": "ada@example.com"})
    (token,) = (
        message.secret
        for message in deliver_mail()
        if message.secret and message.recipient == "ada@example.com"
    )
    assert confirm_reset(token, NEW_PASSWORD).status_code == 204


def _by_operator(app, ada, people, deliver_mail, confirm_reset):
    with app.app_context(), transaction():
        accounts.set_password(ada.id, "ada", NEW_PASSWORD)


def _by_disabling(app, ada, people, deliver_mail, confirm_reset):
    admin = people("admin")
    for is_active in (False, True):
        assert admin.patch(f"/users/{ada.id}", json={"is_active": is_active}).status_code == 200


@pytest.mark.parametrize("query", ["", "?anonymise=true"])
def test_the_current_address_is_notified_of_a_request_even_if_the_account_is_deleted_first(
    ada, deliver_mail, query
):
    assert ada.patch("/users/me", json={"email": NEW}).json["pending_email"] == NEW
    assert ada.delete(f"/users/{ada.id}{query}").status_code == 204
    assert [(message.recipient, message.secret) for message in deliver_mail()] == [("ada@example.com", "")]


@pytest.mark.parametrize("query", ["", "?anonymise=true"])
def test_the_old_address_is_notified_of_a_change_even_if_the_account_is_deleted_first(
    app, client, ada, deliver_mail, query
):
    ada.patch("/users/me", json={"email": NEW})
    (token,) = (message.secret for message in deliver_mail() if message.recipient == NEW)
    assert client.post("/api/v1/auth/email/confirm", json={"token": token}).status_code == 204
    for email in (NEW, "ada@example.com"):
        ada.post("/auth/password-reset", json={"email": email})
    assert ada.delete(f"/users/{ada.id}{query}").status_code == 204
    assert [(message.recipient, message.secret) for message in deliver_mail()] == [("ada@example.com", "")]
    with app.app_context(), reading() as session:
        rows = session.execute(select(OutboxMessage.__table__)).all()
    # Notices are not stored longer than other messages.
    assert all(row.state in ("sent", "dropped") for row in rows)
    assert all(row.expires_at < utcnow() + timedelta(days=2) for row in rows)


@pytest.mark.parametrize("event", [_by_owner, _by_mail, _by_operator, _by_disabling])
def test_locking_a_thief_out_also_cancels_their_email_change(
    app, client, ada, people, deliver_mail, confirm_reset, event
):
    assert ada.patch("/users/me", json={"email": NEW}).json["pending_email"] == NEW
    message = next(message for message in deliver_mail() if message.recipient == NEW)
    with app.app_context(), transaction() as session:
        # As after a temporary failure of the mail server: the message is due for a retry.
        later = {"state": "waiting", "attempts": 1, "due_at": utcnow()}
        session.execute(update(OutboxMessage).values(later))
    event(app, ada, people, deliver_mail, confirm_reset)
    assert NEW not in people("admin").get(f"/users/{ada.id}").text
    assert NEW not in [late.recipient for late in deliver_mail()]
    reply = client.post("/api/v1/auth/email/confirm", json={"token": message.secret})
    assert (reply.status_code, reply.json["errors"][0]["code"]) == (422, "bad_token")
