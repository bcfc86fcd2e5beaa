"""Queries for the tokens that confirm a request by mail."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, select

from blog_api.database.columns import utcnow
from blog_api.database.session import db
from blog_api.models.confirmations import Confirmation
from blog_api.models.users import User
from blog_api.paging.pages import AnyRow

LIFETIME = timedelta(hours=1)
# New members read their mail when they have time. After that, they can request a password reset.
INVITATION_LIFETIME = timedelta(days=7)
# A repeated request within this interval sends no second token.
RESEND_INTERVAL = timedelta(minutes=10)

# The column that must still have the address to which the token was sent.
_ADDRESS = {"password_reset": User.email, "email_change": User.pending_email}


def create_confirmation(
    user_id: int, purpose: str, email: str, message_id: int, digest: str, lifetime: timedelta = LIFETIME
) -> bool:
    """Store the token of a message. It expires after `lifetime`.

    Return False without storing it if another message got a token for the same purpose and address within
    RESEND_INTERVAL. A retry of the same message is allowed. The account must be locked.
    """
    now = utcnow()
    recent = select(Confirmation.id).where(
        Confirmation.user_id == user_id,
        Confirmation.purpose == purpose,
        Confirmation.email == email,
        Confirmation.message_id != message_id,
        Confirmation.created_at > now - RESEND_INTERVAL,
    )
    if db.session.execute(recent.limit(1)).one_or_none() is not None:
        return False
    db.session.add(
        Confirmation(
            user_id=user_id,
            purpose=purpose,
            email=email,
            message_id=message_id,
            digest=digest,
            created_at=now,
            expires_at=now + lifetime,
        )
    )
    db.session.flush()
    return True


def _is_valid(digest: str, purpose: str) -> ColumnElement[bool]:
    return and_(
        Confirmation.digest == digest,
        Confirmation.purpose == purpose,
        Confirmation.expires_at > utcnow(),
        Confirmation.email == _ADDRESS[purpose],
        User.id == Confirmation.user_id,
        User.is_active,
    )


def find_confirmation(digest: str, purpose: str) -> AnyRow | None:
    """Return user_id, username and email for a valid token, or None."""
    columns = (Confirmation.user_id, User.username, Confirmation.email)
    return db.session.execute(select(*columns).where(_is_valid(digest, purpose))).one_or_none()


def lock_confirmation(digest: str, purpose: str, user_id: int) -> bool:
    """Lock the account and return whether the token is still valid.

    The caller deletes the account's tokens, so only one of several concurrent requests gets True.
    """
    lock_account(user_id)
    return find_confirmation(digest, purpose) is not None


def lock_account(user_id: int) -> AnyRow | None:
    """Lock an account and return its id, username, email and pending_email.

    Return None if the account is missing or disabled.
    """
    columns = (User.id, User.username, User.email, User.pending_email)
    locked = select(*columns).where(User.id == user_id, User.is_active)
    return db.session.execute(locked.with_for_update(key_share=True)).one_or_none()


def delete_confirmations(user_id: int) -> None:
    """Delete all tokens of an account."""
    db.session.execute(delete(Confirmation).where(Confirmation.user_id == user_id))
