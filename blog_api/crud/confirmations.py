"""Queries of what is confirmed by mail."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, select

from blog_api.database.columns import utcnow
from blog_api.database.session import db
from blog_api.models import Confirmation, User
from blog_api.paging.pages import AnyRow

LIFETIME = timedelta(hours=1)
# Somebody who asks again within this time has the mail already.
RESEND_INTERVAL = timedelta(minutes=10)

# The address that the account must have, or want, for a token that was sent to it.
_ADDRESS = {"password_reset": User.email, "email_change": User.pending_email}


def create_confirmation(user_id: int, purpose: str, email: str, message_id: int, digest: str) -> bool:
    """Keep the token of a message for LIFETIME. False, and nothing is kept, where another message has just had one.

    Another attempt at the same message may. The account must be locked.
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
            expires_at=now + LIFETIME,
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
    """user_id, username and email that the token is for; None where it does not count, or not any more."""
    columns = (Confirmation.user_id, User.username, Confirmation.email)
    return db.session.execute(select(*columns).where(_is_valid(digest, purpose))).one_or_none()


def lock_confirmation(digest: str, purpose: str, user_id: int) -> bool:
    """Whether the token of the account still counts. The account is locked until the transaction ends: of many at once
    one gets True, and forgets all of them."""
    lock_account(user_id)
    return find_confirmation(digest, purpose) is not None


def lock_account(user_id: int) -> AnyRow | None:
    """id, username, email and pending_email of the account until the transaction ends; None where it may not log in."""
    columns = (User.id, User.username, User.email, User.pending_email)
    locked = select(*columns).where(User.id == user_id, User.is_active)
    return db.session.execute(locked.with_for_update(key_share=True)).one_or_none()


def delete_confirmations(user_id: int) -> None:
    """The tokens that were sent to the account count no more."""
    db.session.execute(delete(Confirmation).where(Confirmation.user_id == user_id))
