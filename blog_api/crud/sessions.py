"""Queries for login sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select

from blog_api.database.columns import utcnow
from blog_api.database.session import UNSYNCHRONIZED, db, execute_rows
from blog_api.models.sessions import LoginSession
from blog_api.models.users import User
from blog_api.policies.viewers import Viewer

# More than anyone needs, and few enough to list them without paging.
MAX_SESSIONS = 50

_VIEWER = (
    select(User.id, User.username, User.role, LoginSession.id)
    .join(LoginSession.user)
    .where(LoginSession.id == bindparam("session_id"), User.id == bindparam("user_id"))
    .where(User.is_active, LoginSession.expires_at > bindparam("now"))
)


def read_viewer(session_id: int, user_id: int) -> Viewer | None:
    """Return the current owner of a session, or None if the session has ended or the account is disabled."""
    parameters = {"session_id": session_id, "user_id": user_id, "now": utcnow()}
    row = execute_rows(_VIEWER, parameters).one_or_none()
    return Viewer(*row) if row else None


def lock_user(user_id: int) -> None:
    """Lock an account, so that nothing else changes it, its password, or its sessions and tokens as a whole."""
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def create_session(
    user: User, refresh_jti: str, now: datetime, expires_at: datetime, *, user_agent: str, ip_address: str
) -> LoginSession:
    """Create a session. The account must be locked.

    Deletes the account's expired sessions, and the least recently used ones beyond MAX_SESSIONS.
    """
    session = LoginSession(
        user=user,
        refresh_jti=refresh_jti,
        created_at=now,
        last_used_at=now,
        expires_at=expires_at,
        user_agent=user_agent[:200],
        address=ip_address[:45],
    )
    db.session.add(session)
    db.session.flush()
    others = (LoginSession.user_id == user.id, LoginSession.id != session.id)
    newest = (
        select(LoginSession.id)
        .where(*others, LoginSession.expires_at > now)
        .order_by(LoginSession.last_used_at.desc(), LoginSession.id.desc())
        .limit(MAX_SESSIONS - 1)
    )
    db.session.execute(
        delete(LoginSession).where(*others, LoginSession.id.not_in(newest)),
        execution_options=UNSYNCHRONIZED,
    )
    return session


def lock_session(session_id: int, user_id: int) -> LoginSession | None:
    """Lock and return a session of an account, or None if it has ended. A concurrent call waits."""
    own = select(LoginSession).where(LoginSession.id == session_id, LoginSession.user_id == user_id)
    return db.session.scalars(own.with_for_update()).one_or_none()


def rotate_session(session: LoginSession, jti: str, now: datetime, expires_at: datetime) -> None:
    """Replace the refresh token of a locked session."""
    session.refresh_jti, session.last_used_at, session.expires_at = jti, now, expires_at
    db.session.flush()


_LIST = (
    select(
        LoginSession.id,
        LoginSession.user_agent,
        LoginSession.address,
        LoginSession.created_at,
        LoginSession.last_used_at,
        LoginSession.expires_at,
        (LoginSession.id == bindparam("session_id")).label("current"),
    )
    .where(LoginSession.user_id == bindparam("owner"), LoginSession.expires_at > bindparam("now"))
    .order_by(LoginSession.last_used_at.desc(), LoginSession.id.desc())
)


def list_sessions(viewer: Viewer) -> list[dict[str, Any]]:
    """Return the viewer's sessions, most recently used first. `current` marks the one making the request."""
    parameters = {"session_id": viewer.session_id, "owner": viewer.id, "now": utcnow()}
    return [row._asdict() for row in execute_rows(_LIST, parameters)]


def end_session(session_id: int, user_id: int) -> bool:
    """End one session of an account. Return False if it does not exist."""
    session = lock_session(session_id, user_id)
    if session is None:
        return False
    db.session.delete(session)
    db.session.flush()
    return True


def end_sessions(user_id: int, *, keep: int | None = None) -> None:
    """End all sessions of an account, except `keep`."""
    db.session.execute(
        delete(LoginSession).where(LoginSession.user_id == user_id, LoginSession.id != (keep or 0)),
        execution_options=UNSYNCHRONIZED,
    )
