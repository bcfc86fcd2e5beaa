"""Rotating the signing key logs nobody out."""

from __future__ import annotations

from dataclasses import replace

import jwt
import pytest

from tests.apps import SECRET
from tests.signed_tokens import ask, assert_refused, claims_of, sign

NEW = "w8Qm1TzL5vXr0cYh7uKd3nPs9aJf6eGb"


def whoami(client, tokens):
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return client.get("/api/v1/users/me", headers=headers).status_code


def refreshed(client, tokens):
    headers = {"Authorization": f"Bearer {tokens['refresh_token']}"}
    reply = client.post("/api/v1/auth/refresh", headers=headers)
    assert reply.status_code == 200
    return reply.json


@pytest.fixture
def ada(people):
    """Ada, with tokens signed by the service."""
    person = people()
    return replace(person, tokens=refreshed(person.client, person.tokens))


def test_rotating_the_key_keeps_everyone_logged_in(ada, make_client):
    knowing = make_client(SECRET_KEYS_ACCEPTED=NEW)
    changed = make_client(SECRET_KEY=NEW, SECRET_KEYS_ACCEPTED=SECRET)
    done = make_client(SECRET_KEY=NEW)
    assert whoami(changed, ada.tokens) == 200
    fresh = refreshed(changed, ada.tokens)
    # During a rolling restart, tokens of either key reach processes of both kinds.
    assert [whoami(client, fresh) for client in (ada.client, knowing, changed, done)] == [401, 200, 200, 200]
    older = refreshed(knowing, fresh)
    assert [whoami(client, older) for client in (ada.client, knowing, changed, done)] == [200, 200, 200, 401]


def test_a_token_is_verified_only_with_the_key_it_names(ada, make_client):
    name = jwt.get_unverified_header(ada.tokens["access_token"])["kid"]
    assert name not in SECRET
    claims = claims_of(ada)
    client = make_client(SECRET_KEY=NEW, SECRET_KEYS_ACCEPTED=SECRET)
    other = jwt.get_unverified_header(refreshed(client, ada.tokens)["access_token"])["kid"]
    assert ask(client, sign(claims, SECRET, headers={"kid": name})).status_code == 200
    for kid in (other, "", "none", "../../dev/null", name.upper(), f"{name} "):
        assert_refused(ask(client, sign(claims, SECRET, headers={"kid": kid})))


def test_a_token_without_a_kid_is_verified_with_the_current_key(people, make_client):
    claims = claims_of(people())
    client = make_client(SECRET_KEY=NEW, SECRET_KEYS_ACCEPTED=SECRET)
    assert ask(client, sign(claims, NEW)).status_code == 200
    assert_refused(ask(client, sign(claims, SECRET)))
