"""Authenticate requests, and declare the access level of each route."""

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

PUBLIC, GUEST, LOGIN, SESSION, REFRESH = "public", "guest", "login", "session", "refresh"


def public(view: View) -> View:
    """Open the view to everyone. A token is optional, but must be valid if sent."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def guests_allowed(view: View) -> View:
    """Open a write to users and, if the view allows them, to guests. An API token must permit writes."""
    view.access = GUEST  # type: ignore[attr-defined]
    return view


def login_required(view: View) -> View:
    """Require an access token or an API token."""
    view.access = LOGIN  # type: ignore[attr-defined]
    return view


def session_required(view: View) -> View:
    """Require an access token. Scripts with API tokens cannot manage accounts, sessions and tokens."""
    view.access = SESSION  # type: ignore[attr-defined]
    return view


def refresh_required(view: View) -> View:
    """Require a refresh token. The view checks whether it has been used."""
    view.access = REFRESH  # type: ignore[attr-defined]
    return view


def identify(access: str) -> None:
    """Authenticate the request as its access level requires, and set `g.viewer` or `g.claims`.

    Raises Unauthorized, or Forbidden for an API token that does not permit the request.
    """
    g.viewer = None
    token = bearer_token()
    if token is None:
        if access not in (PUBLIC, GUEST):
            raise Unauthorized("Authentication is required. Send the header Authorization: Bearer <token>.")
        return
    if access == REFRESH:
        g.claims = decode_token(token, "refresh")
        return
    g.viewer = _load_viewer(token)
    exchange.user_id = g.viewer.id
    require(access != SESSION or not is_api_token(g.viewer), "API tokens are not accepted here. Log in.")
    if access in (GUEST, LOGIN) and request.method not in SAFE_METHODS:
        require(can_write(g.viewer), "This API token is read-only.")


def _load_viewer(token: str) -> Viewer:
    if token.startswith(API_TOKEN_PREFIX):
        viewer = api_tokens.read_token_viewer(token_digest(token))
        message = "The API token is invalid, expired or revoked."
    else:
        claims = decode_token(token, "access")
        viewer = sessions.read_viewer(claims["sid"], int(claims["sub"]))
        message = "The session has ended. Log in again."
    if viewer is None:
        raise Unauthorized(message, error="invalid_token")
    return viewer


def current_viewer() -> Viewer | None:
    """Return the authenticated viewer, or None for an anonymous request."""
    viewer: Viewer | None = g.viewer
    return viewer


def current_user() -> Viewer:
    """Return the authenticated viewer on a route that requires a login."""
    assert g.viewer is not None
    viewer: Viewer = g.viewer
    return viewer
