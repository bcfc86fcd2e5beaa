"""Races between revoking a session and requests that use it: nothing irreversible happens after the revocation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.cli.helpers import run_command
from tests.people import Person
from tests.waiting import wait_until

PASSWORD, NEW_PASSWORD = "correct horse battery", "staple of my diet"

# SQLite runs one write transaction at a time, so the race cannot occur there.
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def log_in(client):
    """Log in as Ada and return her with the tokens of the new session."""

    def send(user_id):
        reply = client.post("/api/v1/auth/login", json={"username": "ada", "password": PASSWORD})
        assert reply.status_code == 200, reply.text
        return Person(user_id, "ada", reply.json, client)

    return send


@pytest.fixture
def ada(client, log_in):
    """Ada, with a password and a session whose tokens were stolen."""
    account = {"username": "ada", "email": "ada@example.com", "password": PASSWORD}
    return log_in(client.post("/api/v1/auth/register", json=account).json["id"])


@pytest.fixture
def send(parallel):
    """Send a request as a person, with the kind of token that the path requires. Can be called from any thread."""

    def ask(person, method, path, body=None):
        kind = "refresh_token" if path == "/auth/refresh" else "access_token"
        headers = {"Authorization": f"Bearer {person.tokens[kind]}"}
        return parallel.test_client().open(f"/api/v1{path}", method=method, json=body, headers=headers)

    return ask


@pytest.fixture
def race(sql, send):
    """Send a request while `revoke` has written its changes but not committed them, and return the response."""

    def send_meanwhile(revoke, person, method, path, body=None):
        with (
            ThreadPoolExecutor(2) as threads,
            sql.holding_commits("DELETE", "sessions") as release,
        ):
            revoking = threads.submit(revoke)
            wait_until(lambda: sql.count_waiting() == 1 or revoking.done())
            late = threads.submit(send, person, method, path, body)
            wait_until(lambda: sql.count_waiting() > 1 or late.done())
            assert not revoking.done()
            release()
            status = revoking.result()
            assert status in (200, 204), status
            return late.result()

    return send_meanwhile


# The audit events of each way to revoke all sessions, or all but one.
REVOCATIONS = {
    "by a new password": [("password.changed", "")],
    "by disabling": [("account.disabled", "")],
    "by command": [("api_token.revoked", "all"), ("session.ended", "all")],
}


@pytest.fixture(params=REVOCATIONS)
def revocation(request):
    return request.param


@pytest.fixture
def revoke(revocation, ada, people, log_in, send, parallel):
    """Revoke the session of Ada in one of these ways, and return the status."""
    if revocation == "by command":
        return lambda: 200 if run_command(parallel, "revoke-tokens", "ada").exit_code == 0 else 500
    if revocation == "by disabling":
        admin = people("admin")
        return lambda: send(admin, "PATCH", f"/users/{ada.id}", {"is_active": False}).status_code
    other = log_in(ada.id)
    passwords = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    return lambda: send(other, "PUT", "/auth/password", passwords).status_code


REQUESTS = [
    ("POST", "/auth/tokens", {"name": "Stolen", "scopes": ["read"]}),
    ("PATCH", "/users/me", {"email": "thief@example.com"}),
    ("PUT", "/auth/password", {"current_password": PASSWORD, "new_password": "a stolen password"}),
    ("DELETE", "/users/{id}", None),
    ("DELETE", "/users/{id}?anonymise=true", None),
    ("POST", "/auth/refresh", None),
]


@on_postgresql
@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
def test_a_request_that_waited_for_its_session_to_be_revoked_is_rejected(
    ada, people, race, revoke, revocation, method, path, body
):
    admin = people("admin")
    reply = race(revoke, ada, method, path.format(id=ada.id), body)
    assert (reply.status_code, reply.json["type"]) == (401, "/problems/unauthorized"), reply.text
    after = admin.get(f"/users/{ada.id}").json
    assert (after["username"], after["email"]) == ("ada", "ada@example.com")
    assert "pending_email" not in after
    events = admin.get(f"/audit?user_id={ada.id}").json["data"]
    done = sorted((event["action"], event["detail"]) for event in events)
    # The revocation is the only event besides registration and login.
    others = [event for event in done if event[0] not in ("account.created", "login.succeeded")]
    assert others == REVOCATIONS[revocation]


@on_postgresql
def test_an_api_token_that_is_being_created_is_revoked_with_all_others(ada, sql, send, client, parallel):
    with ThreadPoolExecutor(2) as threads, sql.holding_commits("INSERT", "api_tokens") as release:
        thief = threads.submit(send, ada, "POST", "/auth/tokens", REQUESTS[0][2])
        wait_until(lambda: sql.count_waiting() == 1 or thief.done())
        revoking = threads.submit(run_command, parallel, "revoke-tokens", "ada")
        wait_until(lambda: sql.count_waiting() > 1 or revoking.done())
        assert not thief.done()
        release()
        made = thief.result()
        assert revoking.result().exit_code == 0
    assert made.status_code == 201
    headers = {"Authorization": f"Bearer {made.json['token']}"}
    assert client.get("/api/v1/users/me", headers=headers).status_code == 401
