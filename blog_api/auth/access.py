"""WHO is asking: the session behind the token, and what each route demands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import g, request

from blog_api.auth.tokens import API_TOKEN_PREFIX, bearer_token, decode_token, token_digest
from blog_api.context import SAFE_METHODS, exchange
from blog_api.crud import api_tokens, sessions
from blog_api.policies.viewers import Viewer, can_write, is_api_token, require
from blog_api.problems import Unauthorized

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC, LOGIN, SESSION, REFRESH = "public", "login", "session", "refresh"


def public(view: View) -> View:
    """Everyone may call this; a token is looked at where one is sent."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def login_required(view: View) -> View:
    """Only with an access token or an API token."""
    view.access = LOGIN  # type: ignore[attr-defined]
    return view


def session_required(view: View) -> View:
    """Only with an access token: what manages accounts, sessions and tokens is not for scripts."""
    view.access = SESSION  # type: ignore[attr-defined]
    return view


def refresh_required(view: View) -> View:
    """Only with a refresh token; the view decides whether it is unspent."""
    view.access = REFRESH  # type: ignore[attr-defined]
    return view


def identify(access: str) -> None:
    """Find out who is asking, as the route demands it. Raises Unauthorized, or Forbidden for an API
    token that is too little."""
    g.viewer = None
    token = bearer_token()
    if token is None:
        if access != PUBLIC:
            raise Unauthorized("Send a token: Authorization: Bearer <token>.")
        return
    if access == REFRESH:
        g.claims = decode_token(token, "refresh")
        return
    g.viewer = _load_viewer(token)
    exchange.user_id = g.viewer.id
    require(access != SESSION or not is_api_token(g.viewer), "An API token may not do this. Log in.")
    if access == LOGIN and request.method not in SAFE_METHODS:
        require(can_write(g.viewer), "This API token is for reading only.")


def _load_viewer(token: str) -> Viewer:
    if token.startswith(API_TOKEN_PREFIX):
        viewer = api_tokens.read_token_viewer(token_digest(token))
        ended = "This API token has ended, or was never there."
    else:
        claims = decode_token(token, "access")
        viewer = sessions.read_viewer(claims["sid"], int(claims["sub"]))
        ended = "This session has ended."
    if viewer is None:
        raise Unauthorized(ended, error="invalid_token")
    return viewer


def current_viewer() -> Viewer | None:
    """Who is asking; None for an anonymous request."""
    viewer: Viewer | None = g.viewer
    return viewer


def current_user() -> Viewer:
    """Who is asking, on a route that is `login_required`."""
    assert g.viewer is not None
    viewer: Viewer = g.viewer
    return viewer
