"""Sign and send access tokens."""

from __future__ import annotations

import base64
import json

import jwt

from tests.apps import SECRET


def claims_of(person):
    """Return the claims of the valid access token of a user."""
    return jwt.decode(person.tokens["access_token"], options={"verify_signature": False})


def sign(claims, secret=SECRET, algorithm="HS256", **options):
    return jwt.encode(claims, secret, algorithm=algorithm, **options)


def encode(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign_any(claims):
    """Sign claims that PyJWT would refuse to sign."""
    content = f"{encode({'alg': 'HS256', 'typ': 'JWT'})}.{encode(claims)}"
    signature = jwt.get_algorithm_by_name("HS256").sign(content.encode(), SECRET.encode())
    return f"{content}.{encode(signature)}"


def ask(client, token, path="/api/v1/users/me", method="GET", scheme="Bearer"):
    return client.open(path, method=method, headers={"Authorization": f"{scheme} {token}"})


def assert_refused(reply):
    assert reply.status_code == 401, reply.text
    assert reply.content_type == "application/problem+json"
    assert reply.headers["WWW-Authenticate"].startswith('Bearer realm="blog_api"')
    assert reply.json["type"] == "/problems/unauthorized"
