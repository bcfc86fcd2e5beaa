"""WHO is asking: the tokens, the session behind them, and what each route demands."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import jwt
from flask import current_app, g, request
from flask_jwt_extended import create_access_token, create_refresh_token

from blog_api.crud import sessions as crud
from blog_api.database import utcnow
from blog_api.pagination import MAX_INTEGER
from blog_api.policies import Viewer
from blog_api.problems import Unauthorized

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC, LOGIN, REFRESH = "public", "login", "refresh"


def public(view: View) -> View:
    """Everyone may call this; a token is looked at where one is sent."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def login_required(view: View) -> View:
    """Only with an access token."""
    view.access = LOGIN  # type: ignore[attr-defined]
    return view


def refresh_required(view: View) -> View:
    """Only with a refresh token; the view decides whether it is unspent."""
    view.access = REFRESH  # type: ignore[attr-defined]
    return view


def identify(access: str) -> None:
    """Find out who is asking, as the route demands it. Raises Unauthorized."""
    g.viewer = None
    token = _bearer_token()
    if token is None:
        if access != PUBLIC:
            raise Unauthorized("Send a token: Authorization: Bearer <token>.")
        return
    if access == REFRESH:
        g.claims = claims_of(token, "refresh")
        return
    claims = claims_of(token, "access")
    g.viewer = crud.read_viewer(claims["sid"], int(claims["sub"]))
    if g.viewer is None:
        raise Unauthorized("This session has ended.", error="invalid_token")


def current_viewer() -> Viewer | None:
    """Who is asking; None for an anonymous request."""
    viewer: Viewer | None = g.viewer
    return viewer


def current_user() -> Viewer:
    """Who is asking, on a route that is `login_required`."""
    assert g.viewer is not None
    viewer: Viewer = g.viewer
    return viewer


def _bearer_token() -> str | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("The Authorization header must read: Bearer <token>.", error="invalid_request")
    return token.strip()


def claims_of(token: str, kind: str) -> dict[str, Any]:
    """The claims of a token of ours of this kind ("access" or "refresh"). Raises Unauthorized."""
    config = current_app.config
    try:
        # Not by the decode_token of Flask-JWT-Extended, which makes an access token of one without a type.
        claims: dict[str, Any] = jwt.decode(
            token,
            config["JWT_SECRET_KEY"],
            algorithms=[config["JWT_ALGORITHM"]],
            issuer=config["JWT_DECODE_ISSUER"],
            audience=config["JWT_DECODE_AUDIENCE"],
            options={"require": ["exp", "iss", "aud", "type", "jti", "sid", "sub"]},
        )
        uuid.UUID(str(claims["jti"]))
        if claims["type"] == kind and _is_id(claims["sid"]) and _is_id(int(claims["sub"])):
            return claims
    except jwt.ExpiredSignatureError as error:
        raise Unauthorized("The token has expired.", error="invalid_token") from error
    except (jwt.PyJWTError, ValueError, OverflowError) as error:
        raise Unauthorized("The token is not valid.", error="invalid_token") from error
    raise Unauthorized(f"This is not a valid {kind} token.", error="invalid_token")


def _is_id(value: object) -> bool:
    return type(value) is int and 0 < value <= MAX_INTEGER


def refresh_expiry() -> datetime:
    """When a session that is used at this moment ends."""
    expiry: datetime = utcnow() + current_app.config["JWT_REFRESH_TOKEN_EXPIRES"]
    return expiry


def new_jti() -> str:
    """The id of a token that is about to be made."""
    return str(uuid.uuid4())


def make_tokens(user_id: int, session_id: int, refresh_jti: str) -> dict[str, Any]:
    """A pair of tokens for the session. The refresh token carries `refresh_jti`."""
    identity = str(user_id)
    return {
        "access_token": create_access_token(identity, additional_claims={"sid": session_id}),
        "refresh_token": create_refresh_token(
            identity, additional_claims={"sid": session_id, "jti": refresh_jti}
        ),
        "token_type": "Bearer",
        "expires_in": int(current_app.config["JWT_ACCESS_TOKEN_EXPIRES"].total_seconds()),
    }
