"""A thief with the session of somebody else asks for another address; what the owner does then puts an end to that."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from blog_api.crud import credentials
from blog_api.database.columns import utcnow
from blog_api.database.session import reading, transaction
from blog_api.models import OutboxMessage
from blog_api.security.passwords import hash_password
from blog_api.services import accounts
from tests.blueprints.conftest import PASSWORD

NEW = "thief@example.com"
NEW_PASSWORD = "staple of my diet"


@pytest.fixture
def ada(people):
    """Ada, whose address is ada@example.com."""
    return people(username="ada")


def _by_owner(app, ada, people, sent, reset):
    with app.app_context(), transaction():
        credentials.set_password_hash(ada.id, hash_password(PASSWORD))
    passwords = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert ada.put("/auth/password", json=passwords).status_code == 204


def _by_mail(app, ada, people, sent, reset):
    ada.post("/auth/password-reset", json={"email": "ada@example.com"})
    (token,) = (letter.secret for letter in sent() if letter.secret and letter.recipient == "ada@example.com")
    assert reset(token, NEW_PASSWORD).status_code == 204


def _by_operator(app, ada, people, sent, reset):
    with app.app_context(), transaction():
        accounts.set_password(ada.id, "ada", NEW_PASSWORD)


def _by_disabling(app, ada, people, sent, reset):
    admin = people("admin")
    for is_active in (False, True):
        assert admin.patch(f"/users/{ada.id}", json={"is_active": is_active}).status_code == 200


@pytest.mark.parametrize("query", ["", "?anonymise=true"])
def test_the_current_address_is_notified_of_a_request_even_if_the_account_is_deleted_first(ada, sent, query):
    assert ada.patch("/users/me", json={"email": NEW}).json["pending_email"] == NEW
    assert ada.delete(f"/users/{ada.id}{query}").status_code == 204
    assert [(letter.recipient, letter.secret) for letter in sent()] == [("ada@example.com", "")]


@pytest.mark.parametrize("query", ["", "?anonymise=true"])
def test_the_old_address_is_notified_of_a_change_even_if_the_account_is_deleted_first(
    app, client, ada, sent, query
):
    ada.patch("/users/me", json={"email": NEW})
    (token,) = (letter.secret for letter in sent() if letter.recipient == NEW)
    assert client.post("/api/v1/auth/email/confirm", json={"token": token}).status_code == 204
    for email in (NEW, "ada@example.com"):
        ada.post("/auth/password-reset", json={"email": email})
    assert ada.delete(f"/users/{ada.id}{query}").status_code == 204
    assert [(letter.recipient, letter.secret) for letter in sent()] == [("ada@example.com", "")]
    with app.app_context(), reading() as session:
        rows = session.execute(select(OutboxMessage.__table__)).all()
    # None of them is kept for longer than others are.
    assert all(row.state in ("sent", "dropped") for row in rows)
    assert all(row.expires_at < utcnow() + timedelta(days=2) for row in rows)


@pytest.mark.parametrize("event", [_by_owner, _by_mail, _by_operator, _by_disabling])
def test_locking_a_thief_out_also_cancels_their_email_change(app, client, ada, people, sent, reset, event):
    assert ada.patch("/users/me", json={"email": NEW}).json["pending_email"] == NEW
    letter = next(letter for letter in sent() if letter.recipient == NEW)
    with app.app_context(), transaction() as session:
        # A server of mail that asks for patience: the letter is due once more, and later.
        later = {"state": "waiting", "attempts": 1, "due_at": utcnow()}
        session.execute(update(OutboxMessage).values(later))
    event(app, ada, people, sent, reset)
    assert NEW not in people("admin").get(f"/users/{ada.id}").text
    assert NEW not in [late.recipient for late in sent()]
    reply = client.post("/api/v1/auth/email/confirm", json={"token": letter.secret})
    assert (reply.status_code, reply.json["errors"][0]["code"]) == (422, "bad_token")
