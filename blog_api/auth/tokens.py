"""Create and decode tokens. This module does not check the sessions behind them."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
import uuid
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

import jwt
from flask import current_app, request
from flask_jwt_extended import JWTManager, create_access_token, create_refresh_token

from blog_api.paging.cursors import ID_PATTERN, MAX_INTEGER
from blog_api.problems import Unauthorized

jwt_manager = JWTManager()

# A recognisable prefix lets secret scanners find leaked tokens.
API_TOKEN_PREFIX = "blog_api_"  # noqa: S105 # nosec B105
# The authentication scheme (RFC 6750).
BEARER = "Bearer"
_UUID_PATTERN = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def _is_integer(value: object) -> bool:
    return type(value) is int and 0 < value <= MAX_INTEGER


def _is_subject(value: object) -> bool:
    """Return whether this is an id in the spelling of `create_tokens`: decimal, without sign or leading zeros."""
    return isinstance(value, str) and re.fullmatch(ID_PATTERN, value) is not None and _is_integer(int(value))


def _is_token_id(value: object) -> bool:
    """Return whether this is a UUID in the spelling of `new_jti`."""
    return isinstance(value, str) and re.fullmatch(_UUID_PATTERN, value) is not None


REQUIRED_CLAIMS = ("exp", "iss", "aud", "type", "jti", "sid", "sub")
# What PyJWT does not check, or not strictly: it accepts "1" as a time.
_VALID: dict[str, Callable[[object], bool]] = {
    "exp": _is_integer,
    "iat": _is_integer,
    "nbf": _is_integer,
    "jti": _is_token_id,
    "sid": _is_integer,
    "sub": _is_subject,
}


def create_opaque_token(prefix: str = "") -> tuple[str, str]:
    """Return a token of `prefix` and 256 random bits, and its digest for the database."""
    token = prefix + secrets.token_urlsafe(32)
    return token, token_digest(token)


def token_digest(token: str) -> str:
    """Return the digest under which an API token or a mailed token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def bearer_token() -> str | None:
    """Return the bearer token of this request, or None. Raises Unauthorized for any other Authorization header."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized(
            "The Authorization header must have the form: Bearer <token>.", error="invalid_request"
        )
    return token.strip()


def decode_token(token: str, kind: str) -> dict[str, Any]:
    """Return the claims of a token of the given kind, "access" or "refresh". Raises Unauthorized."""
    config = current_app.config
    try:
        claims = _verify(
            token,
            config["TOKEN_KEYS"],
            config["JWT_ALGORITHM"],
            config["JWT_DECODE_ISSUER"],
            config["JWT_DECODE_AUDIENCE"],
        )
        if claims["exp"] <= time.time():
            raise jwt.ExpiredSignatureError
        if claims["type"] == kind:
            return claims
    except jwt.ExpiredSignatureError as error:
        raise Unauthorized("The token has expired.", error="invalid_token") from error
    except (jwt.PyJWTError, ValueError) as error:
        raise Unauthorized("The token is invalid.", error="invalid_token") from error
    raise Unauthorized(f"This is not a valid {kind} token.", error="invalid_token")


@lru_cache(maxsize=1024)
def _verify(
    token: str, keys: tuple[tuple[str, str], ...], algorithm: str, issuer: str, audience: str
) -> dict[str, Any]:
    """Verify a token and return its claims. Cached, so the caller must check `exp` and the session each time.

    Invalid tokens raise and are not cached, so they cannot evict valid ones.
    """
    # decode_token of Flask-JWT-Extended would treat a token without a type as an access token.
    claims: dict[str, Any] = jwt.decode(
        token,
        _find_key(token, keys),
        algorithms=[algorithm],
        issuer=issuer,
        audience=audience,
        options={"require": [*REQUIRED_CLAIMS], "strict_aud": True},
    )
    if not all(is_valid(claims[name]) for name, is_valid in _VALID.items() if name in claims):
        raise jwt.InvalidTokenError
    return claims


def _find_key(token: str, keys: tuple[tuple[str, str], ...]) -> str:
    """Return the key named by the `kid` of the token. Raises jwt.InvalidTokenError if it is unknown."""
    # Tokens of earlier releases have no `kid`.
    kid = jwt.get_unverified_header(token).get("kid", keys[0][0])
    for known, key in keys:
        if known == kid:
            return key
    raise jwt.InvalidTokenError


def refresh_expiry(issued_at: datetime) -> datetime:
    """Return when a refresh token issued at this time expires, and its session with it."""
    expiry: datetime = issued_at + current_app.config["JWT_REFRESH_TOKEN_EXPIRES"]
    return expiry


def new_jti() -> str:
    """Return a new token id."""
    return str(uuid.uuid4())


def next_jti(jti: str) -> str:
    """Return the id of the refresh token that replaces the one with this id."""
    return _next_jti(jti, current_app.config["TOKEN_KEYS"][0][1])


def is_next_jti(candidate: str, jti: str) -> bool:
    """Return whether `candidate` replaced `jti`, under any accepted key, so that rotating a key changes nothing."""
    return candidate in {_next_jti(jti, key) for _, key in current_app.config["TOKEN_KEYS"]}


def _next_jti(jti: str, key: str) -> str:
    # Derived, not random, so that a repeated refresh finds the same id. Only holders of the key can predict it.
    digest = hmac.digest(key.encode(), f"refresh token after {jti}".encode(), "sha256")
    return str(uuid.UUID(bytes=digest[:16], version=4))


def create_tokens(user_id: int, session_id: int, refresh_jti: str, issued_at: datetime) -> dict[str, Any]:
    """Create an access token and a refresh token, with `refresh_jti`, for the session.

    The same arguments give the same tokens.
    """
    config, issued_at = current_app.config, issued_at.replace(microsecond=0)
    common = {"sid": session_id, "iat": issued_at, "nbf": issued_at}
    access = common | {
        "jti": str(uuid.uuid5(uuid.UUID(refresh_jti), "access")),
        "exp": issued_at + config["JWT_ACCESS_TOKEN_EXPIRES"],
    }
    refresh = common | {"jti": refresh_jti, "exp": refresh_expiry(issued_at)}
    identity, headers = str(user_id), {"kid": config["TOKEN_KEYS"][0][0]}
    return {
        "access_token": create_access_token(identity, additional_claims=access, additional_headers=headers),
        "refresh_token": create_refresh_token(
            identity, additional_claims=refresh, additional_headers=headers
        ),
        "token_type": BEARER,
        "expires_in": int(config["JWT_ACCESS_TOKEN_EXPIRES"].total_seconds()),
    }
