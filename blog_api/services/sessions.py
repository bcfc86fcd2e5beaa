"""Log in, refresh tokens, and end sessions and other access."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from blog_api.auth import audit
from blog_api.auth.tokens import create_tokens, is_next_jti, new_jti, next_jti, refresh_expiry
from blog_api.crud import api_tokens as tokens_crud
from blog_api.crud import confirmations as confirmations_crud
from blog_api.crud import credentials as credentials_crud
from blog_api.crud import logins as logins_crud
from blog_api.crud import sessions as crud
from blog_api.crud import users as users_crud
from blog_api.database.columns import utcnow
from blog_api.database.session import autonomous_transaction
from blog_api.policies.viewers import Viewer
from blog_api.problems import NotFound, Unauthorized
from blog_api.security import passwords
from blog_api.security.networks import network_of
from blog_api.services import throttling
from blog_api.text.folding import fold

Tokens = dict[str, Any]
# How long a refresh can be repeated: browser tabs refresh concurrently, and responses get lost.
GRACE = timedelta(seconds=10)


def log_in(name: str, password: str, *, user_agent: str, ip_address: str) -> Tokens:
    """Create a session and return its tokens.

    Raises TooManyRequests, or Unauthorized with the same timing and message for every reason.
    """
    network = network_of(ip_address)
    with autonomous_transaction():
        account = credentials_crud.read_login(name, network)
        attempt = throttling.count_login(account.id, fold(name), network, is_known=account.is_known)
    stored = account.password_hash if account.is_active else None
    if not throttling.verify_password(attempt, stored, password) or stored is None:
        raise _failed_login(account.id)
    new_hash = passwords.hash_password(password) if passwords.needs_rehash(stored) else None
    user = credentials_crud.lock_credentials(account.id, stored)
    # A concurrent password change has ended all sessions, so do not create one with the old password.
    if user is None:
        raise _failed_login(account.id)
    jti, now = new_jti(), utcnow()
    session = crud.create_session(
        user, jti, now, refresh_expiry(now), user_agent=user_agent, ip_address=ip_address
    )
    if new_hash:
        credentials_crud.set_password_hash(account.id, new_hash)
    if not account.is_recorded:
        logins_crud.record_network(account.id, network)
    audit.record("login.succeeded", user_id=account.id, actor_id=account.id)
    throttling.record_success(attempt)
    return create_tokens(account.id, session.id, jti, now)


def refresh(claims: dict[str, Any]) -> Tokens:
    """Exchange a refresh token for a new pair of tokens. Raises Unauthorized if the session has ended.

    For the duration of GRACE, the token that was exchanged last gets the same pair again. Any other reuse ends the
    session, because the token may have been stolen.
    """
    session_id, user_id = claims["sid"], int(claims["sub"])
    if crud.read_viewer(session_id, user_id) is None:
        raise _session_ended()
    session = crud.lock_session(session_id, user_id)
    if session is None:
        # A concurrent request has ended the session.
        raise _session_ended()
    now = utcnow()
    if session.refresh_jti == claims["jti"]:
        crud.rotate_session(session, next_jti(claims["jti"]), now, refresh_expiry(now))
    elif not (is_next_jti(session.refresh_jti, claims["jti"]) and now - session.last_used_at < GRACE):
        raise _end_reused_session(session_id, user_id)
    return create_tokens(user_id, session_id, session.refresh_jti, session.last_used_at)


def _end_reused_session(session_id: int, user_id: int) -> Unauthorized:
    """End the session, and return the error to raise. The end is committed."""
    crud.end_session(session_id, user_id)
    audit.record("session.ended", user_id=user_id, detail=f"session {session_id}: refresh token used twice")
    error = Unauthorized(
        "This refresh token was already used, so its session has been ended. Log in again.",
        error="invalid_token",
    )
    error.raise_after_commit = True
    return error


def require_live_session(viewer: Viewer) -> None:
    """Lock the account, and raise Unauthorized if the viewer's session has ended since the request began.

    Until the transaction ends, nothing can end the session. Call it before granting access or doing anything
    irreversible: a user who ends all sessions must not find a token created afterwards.
    """
    crud.lock_user(viewer.id)
    if crud.read_viewer(viewer.session_id, viewer.id) is None:
        raise _session_ended()


def end_session(session_id: int, user_id: int) -> None:
    """End one session of the account. Raises NotFound."""
    if not crud.end_session(session_id, user_id):
        raise NotFound("You have no session with this id.")
    audit.record("session.ended", user_id=user_id, detail=f"session {session_id}")


def end_other_sessions(viewer: Viewer) -> None:
    """End all sessions of the viewer except the current one."""
    crud.end_sessions(viewer.id, keep=viewer.session_id)
    audit.record("session.ended", user_id=viewer.id, detail=f"all but session {viewer.session_id}")


def revoke_access(user_id: int) -> None:
    """End all sessions and revoke all API tokens of the account. The password is not changed."""
    # Wait for a concurrent request that is creating a token, so that its token is revoked too.
    crud.lock_user(user_id)
    end_access(user_id)
    audit.record("session.ended", user_id=user_id, detail="all")
    audit.record("api_token.revoked", user_id=user_id, detail="all")


def end_access(user_id: int, *, keep_session: int | None = None) -> None:
    """End all sessions except `keep_session`, revoke API tokens and cancel pending confirmations."""
    crud.end_sessions(user_id, keep=keep_session)
    tokens_crud.revoke_api_tokens(user_id)
    # Invalidate tokens that were sent, and do not send any more.
    users_crud.clear_pending_email(user_id)
    confirmations_crud.delete_confirmations(user_id)


def _failed_login(user_id: int | None) -> Unauthorized:
    error = Unauthorized("The username or password is wrong.")
    error.audit_event, error.audit_user_id = "login.failed", user_id
    return error


def _session_ended() -> Unauthorized:
    return Unauthorized("The session has ended. Log in again.", error="invalid_token")
