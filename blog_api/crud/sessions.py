"""Queries of login sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from blog_api.database import db, utcnow
from blog_api.models import LoginSession, User
from blog_api.policies import Viewer

# More places than anyone is logged in at; the list of them is one page.
MAX_SESSIONS = 50


def read_viewer(session_id: int, user_id: int) -> Viewer | None:
    """Who holds this session, as they are at this moment; None where it has ended or the account is disabled."""
    row = db.session.execute(
        select(User.id, User.username, User.role)
        .join(LoginSession, LoginSession.user_id == User.id)
        .where(
            LoginSession.id == session_id,
            User.id == user_id,
            User.is_active,
            LoginSession.expires_at > utcnow(),
        )
    ).one_or_none()
    return Viewer(row.id, row.username, row.role, session_id) if row else None


def create_session(
    user_id: int, refresh_jti: str, expires_at: datetime, *, user_agent: str, address: str
) -> LoginSession:
    """A new login. The sessions of the account that have expired go, and so does the oldest past MAX_SESSIONS."""
    oldest = (
        select(LoginSession.id)
        .where(LoginSession.user_id == user_id, LoginSession.expires_at > utcnow())
        .order_by(LoginSession.last_used_at.desc(), LoginSession.id.desc())
        .limit(MAX_SESSIONS - 1)
    )
    db.session.execute(
        delete(LoginSession).where(LoginSession.user_id == user_id, LoginSession.id.not_in(oldest)),
        execution_options={"synchronize_session": False},
    )
    session = LoginSession(
        user_id=user_id,
        refresh_jti=refresh_jti,
        expires_at=expires_at,
        user_agent=user_agent[:200],
        address=address[:45],
    )
    db.session.add(session)
    db.session.flush()
    return session


def rotate_session(session_id: int, spent_jti: str, new_jti: str, expires_at: datetime) -> bool:
    """Spend a refresh token for the next. False where it was spent before: of many at once, one gets True."""
    rotated = db.session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.refresh_jti == spent_jti)
        .values(refresh_jti=new_jti, expires_at=expires_at, last_used_at=func.current_timestamp())
        .returning(LoginSession.id),
        execution_options={"synchronize_session": False},
    )
    return rotated.one_or_none() is not None


def list_sessions(viewer: Viewer) -> list[dict[str, Any]]:
    """Where they are logged in, latest use first; `current` marks the session that asks."""
    columns = (
        LoginSession.id,
        LoginSession.user_agent,
        LoginSession.address,
        LoginSession.created_at,
        LoginSession.last_used_at,
        LoginSession.expires_at,
        (LoginSession.id == viewer.session_id).label("current"),
    )
    rows = db.session.execute(
        select(*columns)
        .where(LoginSession.user_id == viewer.id, LoginSession.expires_at > utcnow())
        .order_by(LoginSession.last_used_at.desc(), LoginSession.id.desc())
    )
    return [dict(row._mapping) for row in rows]


def end_session(session_id: int, user_id: int) -> bool:
    """End one login of the account. False where it has no such login."""
    ended = db.session.execute(
        delete(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.user_id == user_id)
        .returning(LoginSession.id)
    )
    return ended.one_or_none() is not None


def end_sessions(user_id: int, *, but: int | None = None) -> None:
    """End all logins of the account, except `but`."""
    db.session.execute(
        delete(LoginSession).where(LoginSession.user_id == user_id, LoginSession.id != (but or 0)),
        execution_options={"synchronize_session": False},
    )
