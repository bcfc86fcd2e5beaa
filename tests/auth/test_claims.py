"""Signed tokens are accepted only with claims of the right type, in the spelling in which the service issues them."""

from __future__ import annotations

import jwt
import pytest

from tests.signed_tokens import ask, assert_refused, claims_of, sign, sign_any


@pytest.fixture
def claims(people):
    """The claims of a valid access token."""
    return claims_of(people())


FUTURE = 9_000_000_000
# Values of another type or in another spelling, most of which Python converts to the right one.
INVALID = {
    "exp": [str(FUTURE), f" {FUTURE} ", float(FUTURE), FUTURE + 0.5, 10**400, 2**63, -1, 0, True, [], [FUTURE], {}, ""],
    "nbf": ["1", 1.5, -1, 10**400, True, [], [1], {}, "", FUTURE],
    "iat": ["1", 1.5, -1, 10**400, True, [], [1], {}, "", FUTURE],
    "iss": [["blog_api"], {"blog_api": 1}, "BLOG_API", " blog_api", 1, True],
    "aud": [["blog_api"], ["blog_api", "other"], {"blog_api": 1}, "BLOG_API", " blog_api", 1, True],
    "type": [["access"], "ACCESS", " access", {"access": 1}, 1, True],
    "jti": [1, True, [], {}, "", "x", "\0", "\ud800"],
    "sid": ["{}", " {} ", [], {}, True, 1.5, -1, 0, 10**400],
    "sub": [" {} ", "0{}", "+{}", "{}.0", "{}\n", "\u0661", "\uff11", "1_0", "0", "-1", "", 1,
            1.0, True, [], {}, 10**400],
}  # fmt: skip


def in_place(value, actual):
    """Fill the right value into one that is wrong only in its spelling."""
    return value.format(actual) if isinstance(value, str) else value


@pytest.mark.parametrize("name", INVALID)
def test_a_claim_of_another_type_or_spelling_is_rejected(client, claims, name):
    assert ask(client, sign(claims)).status_code == 200
    for kind, path, method in (
        ("access", "/users/me", "GET"),
        ("access", "/posts", "GET"),
        ("refresh", "/auth/refresh", "POST"),
    ):
        for value in INVALID[name]:
            changed = claims | {"type": kind} | {name: in_place(value, claims[name])}
            assert_refused(ask(client, sign_any(changed), f"/api/v1{path}", method))


SPELLINGS = {
    "upper case": str.upper,
    "in braces": "{{{}}}".format,
    "urn": "urn:uuid:{}".format,
    "plain": lambda jti: jti.replace("-", ""),
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_a_token_id_in_another_spelling_is_rejected_and_leaves_the_session_alone(client, people, spell):
    ada = people()
    claims = jwt.decode(ada.tokens["refresh_token"], options={"verify_signature": False})
    token = sign_any(claims | {"jti": spell(claims["jti"])})
    assert_refused(ask(client, token, "/api/v1/auth/refresh", "POST"))
    assert ask(client, ada.tokens["refresh_token"], "/api/v1/auth/refresh", "POST").status_code == 200
