"""A thief with the session of somebody else asks for another address; what the owner does then puts an end to that."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from blog_api.crud import users
from blog_api.database import transaction, utcnow
from blog_api.models import OutboxMessage
from blog_api.passwords import hash_password
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
        users.set_password_hash(ada.id, hash_password(PASSWORD))
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


@pytest.mark.parametrize("event", [_by_owner, _by_mail, _by_operator, _by_disabling])
def test_who_locks_a_thief_out_also_calls_off_the_address_that_the_thief_asked_for(
    app, client, ada, people, sent, reset, event
):
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
