"""Refreshing tokens: repeated, concurrent and reused refresh tokens."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import jwt
import pytest

from tests.apps import SECRET


@pytest.fixture
def refresh(send):
    """Send a refresh token and return the response."""
    return lambda tokens: send(tokens["refresh_token"], "POST", "/auth/refresh")


@pytest.fixture
def age_sessions(sql):
    """Make all sessions this many seconds older."""

    def age(seconds):
        ((last_used_at,),) = sql("SELECT last_used_at FROM sessions")
        if isinstance(last_used_at, str):
            last_used_at = datetime.fromisoformat(last_used_at).replace(tzinfo=UTC)
        sql("UPDATE sessions SET last_used_at = :time", time=last_used_at - timedelta(seconds=seconds))

    return age


def assert_ended(reply, send, tokens):
    """Assert that the refresh was rejected and that it ended the session of the tokens."""
    assert (reply.status_code, reply.json["type"]) == (401, "/problems/unauthorized")
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    assert send(tokens["access_token"], "GET", "/users/me").status_code == 401
    assert send(tokens["refresh_token"], "POST", "/auth/refresh").status_code == 401


def test_a_refresh_repeated_within_10_seconds_gets_the_same_tokens(ada, log_in, send, refresh, age_sessions):
    first = log_in().json
    reply = refresh(first)
    assert reply.status_code == 200
    age_sessions(9)
    again = [refresh(first) for _ in range(3)]
    assert [repeated.status_code for repeated in again] == [200] * 3
    assert again[0].data == again[1].data == again[2].data
    # Aging the session changed the times in the tokens, but not their ids.
    ids = [jwt.decode(one.json["refresh_token"], options={"verify_signature": False})["jti"] for one in again]
    assert set(ids) == {jwt.decode(reply.json["refresh_token"], options={"verify_signature": False})["jti"]}
    assert send(again[0].json["access_token"], "GET", "/users/me").status_code == 200
    assert refresh(again[0].json).status_code == 200
    assert len(send(reply.json["access_token"], "GET", "/auth/sessions").json["data"]) == 1


def test_a_lost_response_to_a_refresh_can_be_fetched_again(ada, log_in, send, refresh):
    first = log_in().json
    lost, fetched = refresh(first), refresh(first)
    assert (fetched.status_code, fetched.data) == (200, lost.data)
    assert fetched.json["access_token"] != first["access_token"]
    third = refresh(fetched.json)
    assert third.status_code == 200
    assert send(third.json["access_token"], "GET", "/users/me").status_code == 200


def test_reusing_a_refresh_token_after_10_seconds_ends_the_session(ada, log_in, send, refresh, age_sessions):
    first = log_in().json
    second = refresh(first).json
    assert send(second["access_token"], "GET", "/users/me").status_code == 200
    age_sessions(10)
    assert_ended(refresh(first), send, second)


def test_reusing_a_refresh_token_after_its_successor_ends_the_session(ada, log_in, send, refresh):
    first = log_in().json
    second = refresh(first).json
    third = refresh(second).json
    # The direct predecessor still gets the current pair.
    assert refresh(second).json == third
    assert_ended(refresh(first), send, third)


def test_a_refresh_can_be_repeated_while_the_secret_key_is_rotated(ada, log_in, make_client):
    new = "wY7bq2Lx9sKf4Tn0vRj6Hc3mZp8dGu5E"
    first = log_in().json["refresh_token"]
    old = make_client(SECRET_KEYS_ACCEPTED=new)
    rotated = make_client(SECRET_KEY=new, SECRET_KEYS_ACCEPTED=SECRET)
    replies = [
        one.post("/api/v1/auth/refresh", headers={"Authorization": f"Bearer {first}"})
        for one in (old, rotated, old)
    ]
    assert [reply.status_code for reply in replies] == [200] * 3
    for reply in replies:
        headers = {"Authorization": f"Bearer {reply.json['access_token']}"}
        assert old.get("/api/v1/users/me", headers=headers).status_code == 200


def test_a_token_refreshed_by_the_previous_release_is_no_predecessor(ada, log_in, send, refresh, sql):
    """The previous release chooses a random id for the successor."""
    first = log_in().json
    second = refresh(first).json
    sql("UPDATE sessions SET refresh_jti = :jti", jti=str(uuid.uuid4()))
    assert_ended(refresh(second), send, second)


def test_a_refresh_extends_the_session(people, sql):
    ada = people()
    soon = datetime.now(UTC) + timedelta(hours=1)
    sql("UPDATE sessions SET expires_at = :soon", soon=soon)

    def expiry():
        (session,) = ada.get("/auth/sessions").json["data"]
        return datetime.fromisoformat(session["expires_at"])

    assert expiry() == soon
    headers = {"Authorization": f"Bearer {ada.tokens['refresh_token']}"}
    assert ada.post("/auth/refresh", headers=headers).status_code == 200
    assert expiry() > soon + timedelta(days=1)


def test_concurrent_refreshes_get_the_same_tokens_of_one_session(ada, log_in, send, make_client):
    token = log_in().json["refresh_token"]
    other = make_client(DB_POOL_SIZE="30").application
    headers = {"Authorization": f"Bearer {token}"}
    start = Barrier(20)

    def refresh(_number):
        client = other.test_client()
        start.wait()
        return client.post("/api/v1/auth/refresh", headers=headers)

    with ThreadPoolExecutor(20) as threads:
        replies = list(threads.map(refresh, range(20)))
    assert [reply.status_code for reply in replies] == [200] * 20
    assert len({reply.data for reply in replies}) == 1
    tokens = replies[0].json
    assert len(send(tokens["access_token"], "GET", "/auth/sessions").json["data"]) == 1
    assert send(tokens["refresh_token"], "POST", "/auth/refresh").status_code == 200
