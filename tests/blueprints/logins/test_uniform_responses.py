"""Failed logins are indistinguishable, and other ways to guess a password are limited too."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import func, select

from blog_api.crud import logins as logins_crud
from blog_api.crud import users as users_crud
from blog_api.database.session import db, reading, transaction
from blog_api.models.logins import LoginAddress, LoginFailures
from blog_api.security import passwords
from tests.blueprints.conftest import PASSWORD
from tests.blueprints.logins.helpers import HOME, log_in


@pytest.mark.parametrize("known", [False, True], ids=["away", "known"])
def test_every_failed_login_gets_the_same_response_and_runs_the_same_statements(
    app, accounts, hashed, count_queries, monkeypatch, known
):
    """Five ways to fail. Three of them are accounts, which may be known at this address."""
    with app.app_context(), transaction():
        ids = [accounts["ada"], users_crud.create_user("imported").id]
        disabled = users_crud.create_user("disabled", password_hash=hashed)
        disabled.is_active = False
        for user_id in [*ids, disabled.id] if known else ():
            logins_crud.record_network(user_id, "127.0.0.1")
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", True)
    seen = []
    for name in ("ada", "nobody", "imported", "disabled", "nobody@example.com"):
        with count_queries() as statements:
            reply = app.test_client().post("/api/v1/auth/login", json={"username": name, "password": "wrong"})
        assert reply.status_code == 401
        headers = {**reply.headers, "X-Request-ID": ""}
        # The name is looked up as a username or as an email address, depending on its form.
        sent = [statement.replace("email_key", "username_key") for statement in statements]
        seen.append((sent, headers, reply.json | {"request_id": ""}, count_rows(app)))
    (statements, *_), *others = seen
    assert len(statements) == 3
    for one in others:
        assert one[:3] == seen[0][:3]
    # The first attempt also created the counter of the network. The others each add the same number of rows.
    counted = [rows for *_, rows in seen]
    assert {later - earlier for earlier, later in itertools.pairwise(counted)} == {3}


def count_rows(app):
    with app.app_context(), reading():
        return db.session.execute(select(func.count()).select_from(LoginFailures)).scalar_one()


def test_guesses_of_the_current_password_are_limited_per_session(accounts, make_client, app, monkeypatch):
    monkeypatch.setattr(passwords, "verify_password", lambda stored, password: password == PASSWORD)
    client = make_client(RATELIMIT_ENABLED="true")
    login = {"username": "ada", "password": PASSWORD}
    thief, owner = (client.post("/api/v1/auth/login", json=login).json["access_token"] for _ in range(2))

    def change(token, current, address=HOME):
        body = {"current_password": current, "new_password": "staple of my diet"}
        options = {
            "headers": {"Authorization": f"Bearer {token}"},
            "environ_overrides": {"REMOTE_ADDR": address},
        }
        return client.put("/api/v1/auth/password", json=body, **options).status_code

    assert [change(thief, "wrong", f"192.0.2.{number}") for number in range(11)] == [422] * 10 + [429]
    assert change(thief, PASSWORD) == 429
    assert change(owner, "wrong") == 422
    assert change(owner, PASSWORD) == 204
    assert change(thief, PASSWORD) == 401


def test_erasing_an_account_deletes_its_known_networks(app, accounts, attempt, people):
    log_in(attempt)
    log_in(attempt, "grace")
    assert people("admin").delete(f"/users/{accounts['ada']}?anonymise=true").status_code in (200, 204)
    with app.app_context(), transaction() as session:
        assert list(session.scalars(select(LoginAddress.user_id))) == [accounts["grace"]]
