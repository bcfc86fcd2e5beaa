"""Logins: how they begin, go on, and end with all that an account holds."""

from __future__ import annotations

from typing import Any

from blog_api.auth import audit
from blog_api.auth.tokens import create_tokens, new_jti, refresh_expiry
from blog_api.crud import api_tokens as tokens_crud
from blog_api.crud import confirmations as confirmations_crud
from blog_api.crud import credentials as credentials_crud
from blog_api.crud import logins as logins_crud
from blog_api.crud import sessions as crud
from blog_api.crud import users as users_crud
from blog_api.database.session import autonomous_transaction
from blog_api.policies.viewers import Viewer
from blog_api.problems import NotFound, Unauthorized
from blog_api.security import passwords
from blog_api.security.networks import network_of
from blog_api.services import guessing
from blog_api.text.folding import fold

Tokens = dict[str, Any]


def log_in(name: str, password: str, *, user_agent: str, address: str) -> Tokens:
    """The tokens of a new session.

    Raises Unauthorized, after the same work and in the same words whatever is wrong, and TooManyRequests.
    """
    network = network_of(address)
    with autonomous_transaction():
        asked = credentials_crud.read_login(name, network)
        guess = guessing.count_login(asked.id, fold(name), network, is_known=asked.is_known)
    stored = asked.password_hash if asked.is_active else None
    if not guessing.verify_guess(guess, stored, password) or stored is None:
        raise _failed_login(asked.id)
    renewed = passwords.hash_password(password) if passwords.needs_rehash(stored) else None
    user = credentials_crud.lock_credentials(asked.id, stored)
    # Whoever changed the password while we hashed has ended all sessions; one more must not appear after that.
    if user is None:
        raise _failed_login(asked.id)
    jti = new_jti()
    session = crud.create_session(user, jti, refresh_expiry(), user_agent=user_agent, address=address)
    if renewed:
        credentials_crud.set_password_hash(asked.id, renewed)
    if not asked.is_recorded:
        logins_crud.record_network(asked.id, network)
    audit.record("login.succeeded", user_id=asked.id, actor_id=asked.id)
    guessing.record_success(guess)
    return create_tokens(asked.id, session.id, jti)


def refresh(claims: dict[str, Any]) -> Tokens:
    """A new pair for a refresh token. Raises Unauthorized where its session has ended.

    A token that was spent before ends its session: either the client or a thief holds a copy, and we cannot tell who.
    """
    session_id, user_id = claims["sid"], int(claims["sub"])
    if crud.read_viewer(session_id, user_id) is None:
        raise _session_ended()
    jti = new_jti()
    if crud.rotate_session(session_id, claims["jti"], jti, refresh_expiry()):
        return create_tokens(user_id, session_id, jti)
    if not crud.end_session(session_id, user_id):
        # Something else has ended it while we waited.
        raise _session_ended()
    audit.record("session.ended", user_id=user_id, detail=f"session {session_id}: refresh token used twice")
    error = Unauthorized(
        "This refresh token was used before; its session has been ended.", error="invalid_token"
    )
    error.raise_after_commit = True
    raise error


def require_live_session(viewer: Viewer) -> None:
    """Let nothing end what the account holds, until the transaction ends. Raises Unauthorized where the session that
    asks has ended since it was looked up.

    For what gives access, and what cannot be undone: whoever ended the session meanwhile has not seen it.
    """
    crud.lock_user(viewer.id)
    if crud.read_viewer(viewer.session_id, viewer.id) is None:
        raise _session_ended()


def end_session(session_id: int, user_id: int) -> None:
    """End one login of the account. Raises NotFound."""
    if not crud.end_session(session_id, user_id):
        raise NotFound("You have no session of this id.")
    audit.record("session.ended", user_id=user_id, detail=f"session {session_id}")


def end_other_sessions(viewer: Viewer) -> None:
    """End all logins of the account but the one that asks."""
    crud.end_sessions(viewer.id, keep=viewer.session_id)
    audit.record("session.ended", user_id=viewer.id, detail=f"all but session {viewer.session_id}")


def revoke_access(user_id: int) -> None:
    """End all sessions and API tokens of the account, whose password stays."""
    # A token that is being made at this moment is not there to be ended before it is committed.
    crud.lock_user(user_id)
    end_access(user_id)
    audit.record("session.ended", user_id=user_id, detail="all")
    audit.record("api_token.revoked", user_id=user_id, detail="all")


def end_access(user_id: int, *, keep_session: int | None = None) -> None:
    """End all sessions of the account, except `but`, its API tokens, and what waits to be confirmed."""
    crud.end_sessions(user_id, keep=keep_session)
    tokens_crud.revoke_api_tokens(user_id)
    # Neither what was sent counts any more, nor is any more of it sent.
    users_crud.clear_pending_email(user_id)
    confirmations_crud.delete_confirmations(user_id)


def _failed_login(user_id: int | None) -> Unauthorized:
    error = Unauthorized("The username or the password is wrong.")
    error.audit_event, error.audit_user_id = "login.failed", user_id
    return error


def _session_ended() -> Unauthorized:
    return Unauthorized("This session has ended.", error="invalid_token")
