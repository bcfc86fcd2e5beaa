"""A credential ends while a request that came with it waits: what gives access, or cannot be undone, is not done."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import create_engine, text

from blog_api.auth.tokens import claims_of
from blog_api.crud import credentials as credentials_crud
from blog_api.crud import users as users_crud
from blog_api.database.session import transaction
from blog_api.policies.viewers import Viewer
from blog_api.security.passwords import hash_password
from blog_api.services import accounts, api_tokens, sessions
from tests.waiting import wait_until

PASSWORD, NEW_PASSWORD = "correct horse battery", "staple of my diet"
HASH, NEW_HASH = hash_password(PASSWORD), hash_password(NEW_PASSWORD)
LOCKED = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)

# On SQLite one transaction after another reads and writes, so that nothing comes between.
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def waits(database_url):
    """Whether a statement waits for a lock."""
    engine = create_engine(database_url)

    def count():
        with engine.connect() as connection:
            return connection.execute(LOCKED).scalar_one()

    yield count
    engine.dispose()


@pytest.fixture
def ada(app, people):
    """Ada, who has a password."""
    person = people(username="ada")
    with app.app_context(), transaction():
        credentials_crud.set_password_hash(person.id, HASH)
    return person


@pytest.fixture
def meanwhile(parallel, waits):
    """Sends a request of somebody while `change` is made but not committed; gives the reply."""

    def send(person, change, method, path, body=None):
        replies = []

        def ask():
            kind = "refresh_token" if path == "/auth/refresh" else "access_token"
            headers = {"Authorization": f"Bearer {person.tokens[kind]}"}
            client = parallel.test_client()
            replies.append(client.open(f"/api/v1{path}", method=method, json=body, headers=headers))

        thread = threading.Thread(target=ask)
        with parallel.app_context(), transaction() as session:
            change(person)
            session.flush()
            thread.start()
            wait_until(lambda: waits() or replies)
        thread.join()
        return replies[0]

    return send


def viewer_of(person):
    claims = claims_of(person.tokens["access_token"], "access")
    return Viewer(person.id, person.username, "author", claims["sid"])


def by_new_password(person):
    accounts.replace_password(person.id, NEW_HASH)


def by_disabling(person):
    accounts.change_account(users_crud.get_user(person.id), {"is_active": False})


def by_command(person):
    sessions.revoke_access(person.id)


REQUESTS = [
    ("POST", "/auth/tokens", {"name": "Of the thief", "scopes": ["read"]}),
    ("PATCH", "/users/me", {"email": "thief@example.com"}),
    ("PUT", "/auth/password", {"current_password": PASSWORD, "new_password": "of the thief"}),
    ("DELETE", "/users/{id}", None),
    ("DELETE", "/users/{id}?anonymise=true", None),
    ("POST", "/auth/refresh", None),
]


@on_postgresql
@pytest.mark.parametrize("change", [by_new_password, by_disabling, by_command])
@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_what_waited_for_the_end_of_its_session_is_not_done(
    ada, people, meanwhile, change, method, path, body
):
    admin = people("admin")
    reply = meanwhile(ada, change, method, path.format(id=ada.id), body)
    assert (reply.status_code, reply.json["type"]) == (401, "/problems/unauthorized"), reply.text
    after = admin.get(f"/users/{ada.id}").json
    assert (after["username"], after["email"]) == ("ada", "ada@example.com")
    assert "pending_email" not in after
    done = {(row["action"], row["detail"]) for row in admin.get(f"/audit?user_id={ada.id}").json["data"]}
    # And nothing is told but what was done to the account.
    assert done <= {("account.disabled", ""), ("session.ended", "all"), ("api_token.revoked", "all")}


@on_postgresql
def test_a_token_that_is_being_made_is_ended_with_all_others(app, ada, parallel, waits):
    with parallel.app_context(), transaction():
        made = api_tokens.create_api_token(viewer_of(ada), "Of the thief", ["read"])
        ends = threading.Thread(target=_revoke, args=(app, ada))
        ends.start()
        wait_until(lambda: waits() or not ends.is_alive())
    ends.join()
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert ada.client.get("/api/v1/users/me", headers=headers).status_code == 401


def _revoke(app, person):
    with app.app_context(), transaction():
        sessions.revoke_access(person.id)
