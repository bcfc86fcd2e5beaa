"""Valid tokens authenticate, and everything else is rejected with 401."""

from __future__ import annotations

import time
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.apps import SECRET
from tests.databases import on_one_database
from tests.signed_tokens import ask, assert_refused, claims_of, encode, sign, sign_any
from tests.waiting import wait_until

CLAIMS = {"iss": "blog_api", "aud": "blog_api", "fresh": False, "csrf": ""}
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def claims(people):
    """The claims of a valid access token."""
    return claims_of(people())


@on_one_database
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR "])
def test_the_scheme_is_case_insensitive(claims, client, scheme):
    assert ask(client, sign(claims), scheme=scheme).status_code == 200


@on_one_database
def test_the_challenge_has_no_error_if_no_token_was_sent(client):
    reply = client.get("/api/v1/users/me")
    assert_refused(reply)
    assert "error" not in reply.headers["WWW-Authenticate"]


@on_one_database
@pytest.mark.parametrize(
    "header", ["", " ", "Bearer", "Bearer ", "Basic YTpi", "Token x", "Bearerx", "Bearer,x"]
)
def test_a_header_without_a_bearer_token_is_rejected_even_on_public_routes(client, header):
    for path in ("/api/v1/users/me", "/api/v1/posts", "/api/v1/users"):
        assert_refused(client.get(path, headers={"Authorization": header}))


CHANGES = {
    "expired": {"exp": 1_000_000_000},
    "not yet valid": {"nbf": 9_000_000_000},
    "without exp": {"exp": None},
    "without jti": {"jti": None},
    "without type": {"type": None},
    "without sid": {"sid": None},
    "without sub": {"sub": None},
    "without issuer": {"iss": None},
    "without audience": {"aud": None},
    "of another issuer": {"iss": "elsewhere"},
    "for another audience": {"aud": "elsewhere"},
    "a refresh token": {"type": "refresh"},
    "of an unknown type": {"type": "both"},
    "with a list as type": {"type": ["access"]},
    "with a sid of text": {"sid": "1"},
    "with a sid of true": {"sid": True},
    "with a fraction as sid": {"sid": 1.5},
    "with a list as sid": {"sid": [1]},
    "with a negative sid": {"sid": -1},
    "with a sid past 63 bits": {"sid": 2**63},
    "with a huge sid": {"sid": 2**70},
    "with a sid of 400 digits": {"sid": 10**400},
    "with a number as sub": {"sub": 1},
    "with an empty sub": {"sub": ""},
    "with a word as sub": {"sub": "ada"},
    "with a negative sub": {"sub": "-1"},
    "with a sub past 63 bits": {"sub": str(2**63)},
    "with a huge sub": {"sub": "9" * 5000},
    "with superscript digits as sub": {"sub": "²"},
    "of another user": {"sub": "999999"},
    "of another session": {"sid": 999_999},
    "with exp of text": {"exp": "tomorrow"},
    "with an infinite exp": {"exp": float("inf")},
    "with a list as jti": {"jti": ["x"]},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_signed_token_with_invalid_claims_is_rejected_even_on_public_routes(client, claims, change):
    token = sign({name: value for name, value in (claims | change).items() if value is not None})
    for path in ("/api/v1/users/me", "/api/v1/posts"):
        assert_refused(ask(client, token, path))


@pytest.mark.parametrize(
    "change",
    [
        {"type": "access"},
        {"jti": ["x"]},
        {"jti": 7},
        {"jti": None},
        {"jti": "\0"},
        {"sid": 2**70},
        {"sid": None},
    ],
    ids=str,
)
def test_a_signed_token_with_invalid_claims_is_rejected_as_refresh_token(client, claims, change):
    refresh = claims | {"type": "refresh"} | change
    token = sign({name: value for name, value in refresh.items() if value is not None})
    assert_refused(ask(client, token, "/api/v1/auth/refresh", "POST"))


def test_access_and_refresh_tokens_are_not_interchangeable(people, client):
    ada = people()
    assert_refused(ask(client, ada.tokens["access_token"], "/api/v1/auth/refresh", "POST"))
    assert_refused(ask(client, ada.tokens["refresh_token"]))
    assert ask(client, ada.tokens["refresh_token"], "/api/v1/auth/refresh", "POST").status_code == 200


@on_one_database
def test_a_token_with_an_invalid_signature_is_rejected(client, claims):
    assert_refused(ask(client, sign(claims, SECRET[::-1])))
    assert_refused(ask(client, sign(claims, SECRET * 2, algorithm="HS512")))
    assert_refused(ask(client, f"{encode({'alg': 'none', 'typ': 'JWT'})}.{encode(claims)}."))
    head, body, signature = sign(claims).split(".")
    assert_refused(ask(client, f"{head}.{encode(claims | {'sub': '1'})}.{signature}"))
    assert_refused(ask(client, f"{head}.{body}."))
    assert_refused(ask(client, f"{head}.{body}.{signature}.{signature}"))


NESTED = b"[" * 1500
HEADERS = [
    NESTED, NESTED + b"]" * 1500, b'{"a":' * 1100 + b"1" + b"}" * 1100, b"", b"null", b"[]", b"\xff", b"7",
    {"alg": ["HS256"]}, {"alg": {}}, {"alg": None}, {"alg": 7}, {"alg": "HS256", "kid": 7}, {"alg": "RS256"},
    {"alg": "HS256", "b64": False}, {"alg": "HS256", "crit": ["x"]}, {"alg": "HS256", "crit": 7}, {},
    b'{"alg": ' + b"9" * 5000 + b"}", b'{"alg": NaN}', b'{"alg": "HS256", "typ": [1]}',
]  # fmt: skip


@on_one_database
@pytest.mark.parametrize("head", HEADERS, ids=range(len(HEADERS)))
def test_an_unsigned_token_is_rejected_whatever_it_contains(client, head):
    for body in ({"sub": "1"}, NESTED, b"[]", b"null", b"9" * 5000, b"\xff"):
        assert_refused(ask(client, f"{encode(head)}.{encode(body)}.{encode(b'x' * 32)}"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@on_one_database
@FUZZ
@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f\x85\xa0"), min_size=1)
)
def test_any_string_as_token_is_rejected(client, text):
    assert_refused(ask(client, text))


@FUZZ
@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("iss", "aud", "sub", "sid", "jti", "type", "exp", "nbf", "iat", "fresh", "csrf"), JSON
        ),
    )
)
def test_any_signed_claims_for_no_session_are_rejected(client, changes):
    good = CLAIMS | {
        "sub": "1",
        "sid": 1,
        "type": "access",
        "jti": str(uuid.uuid4()),
        "exp": time.time() + 60,
    }
    assert_refused(ask(client, sign_any(good | changes)))


def test_an_expired_session_invalidates_both_tokens(people, client, sql):
    ada = people()
    sql("UPDATE sessions SET expires_at = created_at")
    assert_refused(ada.get("/users/me"))
    assert_refused(ask(client, ada.tokens["refresh_token"], "/api/v1/auth/refresh", "POST"))


@on_one_database
def test_a_cached_token_is_rejected_once_it_has_expired(claims, client):
    for seconds in (2, 8, 32):
        expires = int(time.time()) + seconds
        token = sign(claims | {"exp": expires})
        replies = [ask(client, token) for _ in range(3)]
        # On a slow machine, try again with a longer lifetime.
        if time.time() < expires:
            break
    assert [reply.status_code for reply in replies] == [200] * 3
    wait_until(lambda: time.time() >= expires)
    for path in ("/api/v1/users/me", "/api/v1/posts"):
        assert_refused(ask(client, token, path))


def test_authentication_takes_one_query(people, count_queries):
    ada = people()
    with count_queries() as statements:
        assert ada.get("/users/me").status_code == 200
    assert len(statements) == 2
