"""Queries of login sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, select, update

from blog_api.database.columns import utcnow
from blog_api.database.session import db, fetch, fetch_one
from blog_api.models import LoginSession, User
from blog_api.policies.viewers import Viewer

users, sessions = User.__table__, LoginSession.__table__

# More places than anyone is logged in at; the list of them is one page.
MAX_SESSIONS = 50


_VIEWER = (
    select(users.c.id, users.c.username, users.c.role, sessions.c.id)
    .join(sessions, sessions.c.user_id == users.c.id)
    .where(sessions.c.id == bindparam("session_id"), users.c.id == bindparam("user_id"))
    .where(users.c.is_active, sessions.c.expires_at > bindparam("now"))
)


def read_viewer(session_id: int, user_id: int) -> Viewer | None:
    """Who holds this session, as they are at this moment; None where it has ended or the account is disabled."""
    wanted = {"session_id": session_id, "user_id": user_id, "now": utcnow()}
    row = fetch_one(_VIEWER, wanted)
    return Viewer(*row) if row else None


_LOCK_OWNER = select(users.c.id).where(users.c.id == bindparam("user_id")).with_for_update(key_share=True)


def lock_owner(user_id: int) -> None:
    """Until the transaction ends, nothing else changes the account, its password, or all that it holds."""
    db.session.execute(_LOCK_OWNER, {"user_id": user_id})


_GIVEN = ("refresh_jti", "user_agent", "address", "expires_at")
# The account is locked as by `lock_owner`.
_CREATE = (
    insert(sessions)
    .from_select(
        ["user_id", *_GIVEN],
        select(users.c.id, *(bindparam(name, type_=sessions.c[name].type) for name in _GIVEN))
        .where(users.c.id == bindparam("owner"), users.c.password_hash == bindparam("password_hash"))
        .where(users.c.is_active)
        .with_for_update(key_share=True),
    )
    .returning(sessions.c.id)
)
_OTHERS = and_(sessions.c.user_id == bindparam("owner"), sessions.c.id != bindparam("made"))
# Those that a login leaves: the latest that have not expired.
_KEPT = (
    select(sessions.c.id)
    .where(_OTHERS, sessions.c.expires_at > bindparam("now"))
    .order_by(sessions.c.last_used_at.desc(), sessions.c.id.desc())
    .limit(MAX_SESSIONS - 1)
)
_MAKE_ROOM = delete(sessions).where(_OTHERS, sessions.c.id.not_in(_KEPT))


def create_session(
    user_id: int, password_hash: str, refresh_jti: str, expires_at: datetime, *, user_agent: str, address: str
) -> int | None:
    """A new login; gives its id, or None where this is not the hash (any more) of an account that may log in.

    Until the transaction ends, nothing else changes the account. Its sessions that have expired go, and the oldest past
    MAX_SESSIONS.
    """
    wanted = {
        "owner": user_id,
        "password_hash": password_hash,
        "refresh_jti": refresh_jti,
        "expires_at": expires_at,
        "user_agent": user_agent[:200],
        "address": address[:45],
    }
    session_id: int | None = db.session.execute(_CREATE, wanted).scalar_one_or_none()
    if session_id is not None:
        # By then nobody else can be making one.
        db.session.execute(_MAKE_ROOM, {"owner": user_id, "made": session_id, "now": utcnow()})
    return session_id


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


_LIST = (
    select(
        sessions.c.id,
        sessions.c.user_agent,
        sessions.c.address,
        sessions.c.created_at,
        sessions.c.last_used_at,
        sessions.c.expires_at,
        (sessions.c.id == bindparam("session_id")).label("current"),
    )
    .where(sessions.c.user_id == bindparam("owner"), sessions.c.expires_at > bindparam("now"))
    .order_by(sessions.c.last_used_at.desc(), sessions.c.id.desc())
)


def list_sessions(viewer: Viewer) -> list[dict[str, Any]]:
    """Where they are logged in, latest use first; `current` marks the session that asks."""
    rows = fetch(_LIST, {"session_id": viewer.session_id, "owner": viewer.id, "now": utcnow()})
    return [row._asdict() for row in rows]


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
