"""Queries for login credentials."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, false, func, literal_column, select, update
from sqlalchemy.orm import InstrumentedAttribute

from blog_api.crud.logins import KNOWN_FOR
from blog_api.database.columns import utcnow
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.logins import LoginAddress
from blog_api.models.users import User
from blog_api.paging.pages import AnyRow, AnySelect
from blog_api.text.folding import fold


def key_column(key: str) -> InstrumentedAttribute[Any]:
    """Return the column to search for a folded username or email address."""
    # Usernames contain no @, so a username never matches an address.
    return User.email_key if "@" in key else User.username_key


_CREDENTIALS = select(User.id, User.password_hash, User.is_active)
_CREDENTIALS_BY = {
    column: _CREDENTIALS.where(column == bindparam("key")) for column in (User.username_key, User.email_key)
}


def read_credentials(name: str) -> AnyRow | None:
    """Return id, password_hash and is_active for a username or email address, or None if there is no account."""
    key = fold(name)
    return db.session.execute(_CREDENTIALS_BY[key_column(key)], {"key": key}).one_or_none()


# The query always returns a row and always looks up the network, so its duration does not reveal whether the account
# exists.
_ONE_ROW = select(literal_column("0").label("no_user")).subquery("one_row")


@lru_cache
def _login_statement(column: InstrumentedAttribute[Any]) -> AnySelect:
    owner = func.coalesce(User.id, _ONE_ROW.c.no_user)
    here = and_(LoginAddress.user_id == owner, LoginAddress.network == bindparam("here"))
    is_known, is_recorded = (
        func.coalesce(LoginAddress.expires_at > bindparam(name), false()).label(label)
        for name, label in (("now", "is_known"), ("fresh", "is_recorded"))
    )
    return select(User.id, User.password_hash, User.is_active, is_known, is_recorded).select_from(
        _ONE_ROW.outerjoin(User, column == bindparam("key")).outerjoin(LoginAddress, here)
    )


def read_login(name: str, network: str) -> AnyRow:
    """Return id, password_hash and is_active for a username or email address, all None if there is no account.

    `is_known` tells whether the account has logged in from this network before, `is_recorded` whether the record of
    that is recent enough to be left alone.
    """
    key, now = fold(name), utcnow()
    parameters = {"key": key, "here": network, "now": now, "fresh": now + KNOWN_FOR}
    return db.session.execute(_login_statement(key_column(key)), parameters).one()


def lock_credentials(user_id: int, password_hash: str) -> User | None:
    """Lock and return the account, or None if the hash no longer matches or the account is disabled."""
    statement = select(User).where(User.id == user_id, User.password_hash == password_hash, User.is_active)
    return db.session.scalars(statement.with_for_update(key_share=True)).one_or_none()


def set_password_hash(user_id: int, password_hash: str) -> None:
    """Store a new hash. `version` and `updated_at` are left unchanged, because nothing visible changes."""
    db.session.execute(
        update(User)
        .where(User.id == user_id)
        .values(password_hash=password_hash, updated_at=User.updated_at),
        execution_options=UNSYNCHRONIZED,
    )
